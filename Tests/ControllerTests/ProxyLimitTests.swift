import Foundation
import MeshModel
import Testing
import XDSCache

@testable import XDSServer

@Suite("A limit of proxies")
struct ProxyLimitTests {
    @Test("admits as many as it says, and any number at 0")
    func limit() {
        let limit = ProxyLimit(2)
        #expect(limit.admits(beside: 1) && !limit.admits(beside: 2) && !limit.admits(beside: 3))
        limit.set(0)
        #expect(limit.admits(beside: 1_000_000))
        limit.set(-1)
        #expect(limit.admits(beside: 1))
    }

    @Test("refuses and counts a proxy beyond it, keeps who is connected, and admits again once there is room")
    func connecting() async throws {
        let limit = ProxyLimit(1)
        try await BareServer.with(limit: limit) { bare in
            let cluster = BareServer.cluster("c", size: 10, 1)
            bare.cache.publish(
                Publication(
                    resources: [cluster], layers: [LayerID("all"): .some([cluster.key])],
                    proxies: [
                        BareServer.proxy("one"): .some([LayerID("all")]),
                        BareServer.proxy("two"): .some([LayerID("all")]),
                    ]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                let first = TestProxy(nodeID: "one")
                group.addTask { try? await first.run(port: bare.port, token: "one", rootsPEM: bare.rootsPEM) }
                try await bare.until { $0["osm_proxy_connect_count"] == 1 }
                let second = TestProxy(nodeID: "two")
                await #expect(throws: (any Error).self) {
                    try await second.run(port: bare.port, token: "two", rootsPEM: bare.rootsPEM)
                }
                try await bare.until { $0["osm_proxy_max_connections_rejected"] == 1 }
                #expect(bare.figures["osm_xds_streams_refused_total{reason=\"limit\"}"] == 1)
                #expect(bare.figures["osm_proxy_connect_count"] == 1)
                // A greater limit holds for who comes next.
                limit.set(2)
                let third = TestProxy(nodeID: "two")
                group.addTask { try? await third.run(port: bare.port, token: "two", rootsPEM: bare.rootsPEM) }
                try await bare.until { $0["osm_proxy_connect_count"] == 2 }
                // A lesser one ends nobody's stream.
                limit.set(1)
                #expect(bare.figures["osm_xds_streams"] == 2)
                group.cancelAll()
            }
        }
    }
}
