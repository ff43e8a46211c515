import MeshModel
import ProxyFleet
import Testing
import XDSCache

/// The proxies of the benchmarks against the assembled controller.
@Suite("A fleet of simulated proxies")
struct FleetTests {
    @Test("has of each view all of it, and nothing again after all streams broke", arguments: Variant.allCases)
    func views(variant: Variant) async throws {
        try await RunningController.with(TestMesh(services: 12).files) { running in
            var members: [Fleet.Member] = []
            for number in 0..<12 {
                let name = TestMesh.name(number)
                members.append(Fleet.Member(node: "pod-\(name)/\(name)", token: try await running.token(of: name)))
            }
            let fleet = try await Fleet(members, port: running.port, rootsPEM: running.rootsPEM, variant: variant)
            try await fleet.connect(0..<12)
            try await running.until("all proxies have their views") { fleet.tally.totals.settled == 12 }
            let counts = try await fleet.counts()
            for number in 0..<12 {
                // Its certificate is in no view.
                let view = try #require(running.cache.view(of: running.proxy(TestMesh.name(number))))
                var held = try await fleet.held(number)
                #expect(held[.secret]?.removeValue(forKey: "workload") != nil)
                #expect(held.values.reduce(0) { $0 + $1.count } == view.count)
                for resource in view {
                    let kind = try #require(ResourceKind.allCases.first { $0.url == resource.key.name.type.url })
                    let version = held[kind]?[resource.key.name.name]
                    #expect(variant == .delta ? version == resource.version : version != nil)
                }
                #expect(counts[number].certified != nil)
            }
            let before = fleet.tally.totals
            try await fleet.breakConnections()
            try await running.until("all streams have ended") {
                fleet.tally.totals.ends.values.reduce(0, +) >= 12 && fleet.tally.totals.settled == 12
            }
            let after = fleet.tally.totals
            #expect(after.responses > before.responses)
            // Without differences a stream begins with nothing.
            #expect((after.resources == before.resources) == (variant == .delta))
            #expect(after.removed == before.removed)
            try await fleet.stop()
        }
    }
}
