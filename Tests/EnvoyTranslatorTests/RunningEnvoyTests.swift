import CertificateAuthority
import EnvoyAPI
import SwiftProtobuf
import TestInstruments
import Testing
import XDSCache

/// What is sent over the stream is taken up by real Envoys: the sidecars of the four pods of the base, each started
/// with the product's own bootstrap.
@Suite("Running Envoys", .serialized)
struct RunningEnvoyTests {
    /// The first asks for the state of the world, the others for differences.
    @Test("Four running Envoys take up the base and then every scenario, and refuse nothing")
    func scenarios() async throws {
        try await RunningMesh.with { mesh in
            try await mesh.serve { port in
                let base = try Scenario.base()
                try await mesh.startEnvoys(of: base.objects, port: port, wholeSets: true)
                #expect(mesh.envoys.map(\.variant) == [.stateOfTheWorld, .delta, .delta, .delta])
                #expect(mesh.envoys.count == 4)
                for envoy in mesh.envoys { #expect(try await envoy.readiness() != "LIVE") }
                let scenarios = [base] + (try Scenario.names().map { try Scenario($0) })
                for scenario in scenarios {
                    try await mesh.show(scenario)
                    #expect(!mesh.servedEnvoys.isEmpty)
                    for envoy in mesh.servedEnvoys {
                        #expect(try await envoy.readiness() == "LIVE", "\(scenario.name): \(envoy.proxy)")
                        let rejections = try await envoy.rejections()
                        #expect(rejections.counters > 0)
                        #expect(rejections.found.isEmpty, "\(scenario.name): \(envoy.proxy)")
                    }
                    try #require(mesh.log.refused().isEmpty, "\(scenario.name): \(mesh.log.refused())")
                }
                try await mesh.show(base)
                #expect(mesh.servedEnvoys.count == 4)
                // What nothing needs any more goes, too, if later.
                try await mesh.agree("each Envoy has no more than its view", exactly: true)
                #expect(mesh.log.refused().isEmpty)
                print(
                    """
                    figure: \(scenarios.count) scenarios accepted by \(mesh.envoys.count) running Envoys over ADS, \
                    \(mesh.cache.revision) revisions, \(mesh.log.acknowledged().count) updates acknowledged, \
                    \(mesh.log.refused().count) refused
                    """)
            }
        }
    }

    /// The first speaks the other variant here, too.
    @Test("A resource that Envoy refuses is kept from it, alone: what is sent with it is taken up")
    func doctored() async throws {
        try await RunningMesh.with { mesh in
            try await mesh.serve { port in
                try await mesh.startEnvoys(of: Scenario.base().objects, port: port, wholeSets: true)
                try await mesh.show(Scenario("permissive-mode"))
                let view = try #require(mesh.cache.view(of: mesh.envoys[0].proxy))
                let clusters = view.filter { $0.key.name.type == .cluster && $0.key.variant.isEmpty }
                let (good, bad) = (try #require(clusters.first), try #require(clusters.last))
                #expect(good.key != bad.key)
                let changed = try Self.resource(good, connectTimeout: 6)
                let doctored = try Self.resource(bad, connectTimeout: -1)
                let audience = mesh.envoys.filter { envoy in
                    mesh.cache.view(of: envoy.proxy)?.contains { $0.key == bad.key } == true
                }
                let start = mesh.log.count
                let revision = mesh.cache.publish(Publication(resources: [changed, doctored]))
                try await mesh.until("the response is answered, and its halves") {
                    audience.allSatisfy { mesh.cache.acknowledgedRevision(of: $0.proxy) == revision }
                }

                // One refusal of both, one of the one that is wrong: and only that is kept back.
                #expect(mesh.log.lines("update refused", from: start).count == 2 * audience.count)
                let quarantined = mesh.log.lines("resource refused", from: start)
                #expect(
                    quarantined.compactMap { $0.metadata["proxy"] }.sorted()
                        == audience.map(\.proxy.description).sorted())
                #expect(Set(quarantined.compactMap { $0.metadata["resource"] }) == [bad.key.name.description])
                #expect(quarantined.allSatisfy { $0.metadata["reason"]?.contains("Invalid duration") == true })
                for envoy in audience {
                    let dump = try await envoy.dump()
                    if envoy.variant == .delta {
                        #expect(dump.versions[good.key.name] == changed.version)
                        #expect(dump.versions[bad.key.name] == bad.version)
                    }
                    // The checks that every scenario passes do see it.
                    #expect(try await !envoy.rejections().found.isEmpty)
                    let view = try #require(mesh.cache.view(of: envoy.proxy))
                    let isTold = envoy.variant == .delta
                    let differences = try dump.differences(from: view, exactly: false, byVersion: isTold)
                    #expect(
                        differences
                            == (isTold ? ["\(bad.key.name) is \(bad.version) instead of \(doctored.version)"] : []))
                    let timeouts = try await envoy.connectTimeouts()
                    #expect(timeouts[good.key.name.name] == "6s")
                    #expect(timeouts[bad.key.name.name] == "5s")
                    let refusals = mesh.cache.progress(of: envoy.proxy)?.refusals ?? []
                    #expect(refusals.map(\.key) == [bad.key] && refusals.allSatisfy(\.isAlone))
                }

                // Other changes go on, and the repaired resource is sent again.
                let refusals = mesh.log.refused().count
                let repaired = try Self.resource(bad, connectTimeout: 7)
                mesh.cache.publish(Publication(resources: [good, repaired]))
                try await mesh.agree("the repaired resource is taken up")
                #expect(mesh.log.refused().count == refusals)
                for envoy in audience {
                    #expect(mesh.cache.progress(of: envoy.proxy)?.refusals == [])
                    #expect(try await envoy.connectTimeouts()[bad.key.name.name] == "7s")
                }
            }
        }
    }

    @Test("When the server comes back, the Envoys come back: nothing is sent again and no certificate issued")
    func reconnection() async throws {
        try await RunningMesh.with { mesh in
            let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
            try await mesh.serve { port in
                portFound.yield(port)
                try await mesh.startEnvoys(of: Scenario.base().objects, port: port)
                try await mesh.show(Scenario("permissive-mode"))
            }
            let port = try #require(await ports.first { _ in true })
            let issued = mesh.certificates.issued
            #expect(issued == mesh.envoys.count)
            try await mesh.until("all streams have ended") {
                mesh.envoys.allSatisfy { mesh.cache.acknowledgedRevision(of: $0.proxy) == nil }
            }
            let start = mesh.log.count
            try await mesh.serve(port: port) { _ in
                // Every type is asked for anew, and each first response answered.
                let types: [ResourceType] = [.cluster, .endpoints, .secret, .listener, .route]
                // Only who serves has filters whose settings come by themselves.
                let servers = mesh.envoys.filter { "\($0.proxy)".hasPrefix("shop/store-") }
                let expected =
                    (mesh.envoys.flatMap { envoy in types.map { "\(envoy.proxy) \($0)" } }
                    + servers.map { "\($0.proxy) \(ResourceType.extension)" }).sorted()
                func answered() -> [String] {
                    mesh.log.acknowledged(from: start)
                        .map { "\($0.metadata["proxy"] ?? "") \($0.metadata["type"] ?? "")" }.sorted()
                }
                try await mesh.until("all Envoys have all types again") { answered().count >= expected.count }
                #expect(answered() == expected)
                #expect(mesh.log.lines("proxy connected", from: start).count == mesh.envoys.count)
                for line in mesh.log.acknowledged(from: start) {
                    #expect(line.number("resources") == 0 && line.number("removed") == 0, "\(line.metadata)")
                }
                #expect(mesh.certificates.issued == issued)
                try await mesh.agree("each Envoy has what it had")

                // The streams are at work.
                try await mesh.show(Scenario("split-weights"))
                #expect(mesh.log.refused().isEmpty)
                #expect(mesh.certificates.issued == issued)
            }
        }
    }

    /// A cluster with another timeout, which Envoy refuses if it is negative.
    private static func resource(_ cluster: Resource, connectTimeout: Int64) throws -> Resource {
        var message = try cluster.message(Envoy_Config_Cluster_V3_Cluster.self)
        message.connectTimeout.seconds = connectTimeout
        return Resource(
            key: cluster.key, body: try message.serializedBytes(), references: Set(cluster.references),
            origins: Set(cluster.origins))
    }
}
