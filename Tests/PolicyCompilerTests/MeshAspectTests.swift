import Incremental
import MeshModel
import Testing

@testable import PolicyCompiler

@Suite("A part of the mesh's configuration")
struct MeshAspectTests {
    /// An edit of one field, and the part that it must make different; `nil` for a field that no query reads.
    private struct Edit: CustomTestStringConvertible {
        let testDescription: String
        let part: MeshAspect.Name?
        let make: @Sendable (inout MeshConfig) -> Void

        init(_ name: String, _ part: MeshAspect.Name?, _ make: @escaping @Sendable (inout MeshConfig) -> Void) {
            (testDescription, self.part, self.make) = (name, part, make)
        }
    }

    private static let edits = [
        Edit("enablePermissiveTrafficPolicyMode", .permissiveMode) {
            $0.traffic.enablePermissiveTrafficPolicyMode = true
        },
        Edit("enableEgress", .egress) { $0.traffic.enableEgress = true },
        Edit("inboundExternalAuthorization", .authorization) { $0.traffic.inboundExternalAuthorization.enable = true },
        Edit("tlsMinProtocolVersion", .tls) { $0.sidecar.tlsMinProtocolVersion = .v1_3 },
        Edit("tlsMaxProtocolVersion", .tls) { $0.sidecar.tlsMaxProtocolVersion = .v1_2 },
        Edit("cipherSuites", .tls) { $0.sidecar.cipherSuites = ["x"] },
        Edit("ecdhCurves", .tls) { $0.sidecar.ecdhCurves = ["x"] },
        Edit("tracing", .tracing) { $0.observability.tracing.enable = true },
        Edit("tracing's port", .tracing) { $0.observability.tracing.port = 9411 },
        Edit("enableEnvoyActiveHealthChecks", .healthChecks) { $0.featureFlags.enableEnvoyActiveHealthChecks = true },
        Edit("enableWASMStats", .statistics) { $0.featureFlags.enableWASMStats = true },
        Edit("logLevel", nil) { $0.sidecar.logLevel = "debug" },
        Edit("enableRetryPolicy", nil) { $0.featureFlags.enableRetryPolicy = true },
        Edit("serviceCertValidityDuration", nil) { $0.certificate.serviceCertValidityDuration = "1h" },
        Edit("the generation", nil) { $0.metadata.generation += 1 },
    ]

    @Test("has the fields that make it different, and no others", arguments: edits)
    private func fields(edit: Edit) {
        var config = MeshConfig.absent
        edit.make(&config)
        let different = MeshAspect.Name.allCases.filter {
            MeshAspect($0, of: config) != MeshAspect($0, of: .absent)
        }
        #expect(different == [edit.part].compactMap(\.self))
    }

    @Test("makes stale what reads it, an edit of others nothing; without the object there is none")
    func staleness() {
        let graph = Graph { MeshTables(in: $0, settings: MeshSettings()) }
        func evaluations(_ change: TableChange) -> Int {
            let before = graph.evaluations
            graph.inputs.apply(change)
            _ = graph.takeChanges(to: IsEgressPassthrough.self)
            return graph.evaluations - before
        }
        #expect(!graph.demand(IsEgressPassthrough.self, .one))
        var config = MeshConfig(metadata: .init(name: "osm-mesh-config", namespace: "osm-system"))
        config.traffic.enableEgress = true
        #expect(evaluations(MeshConfig.change(for: .set(config))) == 1)
        #expect(graph.demand(IsEgressPassthrough.self, .one))
        config.featureFlags.enableWASMStats = true
        #expect(evaluations(MeshConfig.change(for: .set(config))) == 0)
        #expect(evaluations(MeshConfig.change(for: .remove(config.name))) == 1)
        #expect(!graph.demand(IsEgressPassthrough.self, .one))
        // Of another name it is nobody's.
        config.metadata.name = "other"
        #expect(evaluations(MeshConfig.change(for: .set(config))) == 0)
    }
}
