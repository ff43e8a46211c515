import Foundation
import MeshModel
import Observability
import Testing
import XDSCache

@Suite("What the server counts")
struct StreamFigureTests {
    @Test("streams, requests, responses, acknowledgements and refusals, as the table of metrics has them")
    func figures() async throws {
        try await BareServer.with { bare in
            let proxy = BareServer.proxy("one")
            let good = BareServer.cluster("good", size: 100, 1)
            let bad = BareServer.cluster("bad", size: 100, 1)
            bare.cache.publish(
                Publication(
                    resources: [good, bad], layers: [LayerID("all"): .some([bad.key, good.key])],
                    proxies: [proxy: .some([LayerID("all")])]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                let client = TestProxy(nodeID: "one")
                client.refuse("bad", body: bad.body)
                group.addTask { try? await client.run(port: bare.port, token: "one", rootsPEM: bare.rootsPEM) }
                // What is refused alone is known before the other half has gone out.
                let type = "{type=\"\(TestProxy.cluster)\"}"
                try await bare.until {
                    $0["osm_xds_quarantined_total\(type)"] == 1 && $0["osm_xds_acks_total\(type)"] == 1
                }
                let figures = bare.figures
                func cluster(_ name: String) -> Double? { figures["\(name){type=\"\(TestProxy.cluster)\"}"] }
                #expect(figures["osm_proxy_connect_count"] == 1)
                #expect(figures["osm_xds_streams"] == 1)
                // Both together, then each alone.
                #expect(cluster("osm_proxy_response_send_success_count") == 3)
                #expect(cluster("osm_xds_sent_resources_total") == 4)
                #expect(cluster("osm_xds_nacks_total") == 2)
                #expect(cluster("osm_xds_acks_total") == 1)
                #expect(cluster("osm_proxy_xds_request_count").map { $0 >= 4 } == true)
                #expect(cluster("osm_xds_sent_bytes_total").map { $0 > 400 } == true)
                group.cancelAll()
            }
            try await bare.until { $0["osm_xds_streams"] == 0 }
            #expect(bare.figures["osm_proxy_connect_count"] == 0)
            let stranger = TestProxy(nodeID: "two")
            await #expect(throws: (any Error).self) {
                try await stranger.run(port: bare.port, token: "two", rootsPEM: bare.rootsPEM)
            }
            try await bare.until { $0["osm_xds_streams_refused_total{reason=\"mesh\"}"] == 1 }
            #expect(bare.metrics.irregularities == [])
        }
    }
}

extension BareServer {
    /// The figures that are exposed now, by name and labels.
    var figures: [String: Double] {
        var figures: [String: Double] = [:]
        for line in metrics.exposition().split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            figures[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return figures
    }

    /// Waits for figures, for five minutes at most.
    func until(_ condition: ([String: Double]) -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(300)
        while !condition(figures) {
            guard .now < limit else {
                throw RunningController.NeverHappened(
                    description: "five minutes passed:\n\(metrics.exposition())")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
