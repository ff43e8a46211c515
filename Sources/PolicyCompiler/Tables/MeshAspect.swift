import Incremental
import MeshModel

/// A part of the mesh's configuration on which queries depend by itself.
///
/// Almost everything depends on some field of the one MeshConfig, so its parts are inputs of their own: an edit makes
/// stale what depends on the parts that it makes different, and nothing else is even looked at.
struct MeshAspect: Equatable, Identifiable {
    /// Which part.
    enum Name: CaseIterable, Hashable, Sendable {
        /// That there is a MeshConfig.
        case existence
        case permissiveMode
        case egress
        case authorization
        case tls
        case tracing
        case healthChecks
        case statistics
    }

    /// Which part it is.
    let id: Name
    /// The configuration as far as it is valid, with zero values for all that is not of this part.
    let config: MeshConfig

    init(_ name: Name, of config: MeshConfig) {
        var part = MeshConfig.absent
        switch name {
        case .existence: break
        case .permissiveMode:
            part.traffic.enablePermissiveTrafficPolicyMode = config.traffic.enablePermissiveTrafficPolicyMode
        case .egress: part.traffic.enableEgress = config.traffic.enableEgress
        case .authorization: part.traffic.inboundExternalAuthorization = config.traffic.inboundExternalAuthorization
        case .tls:
            part.sidecar.tlsMinProtocolVersion = config.sidecar.tlsMinProtocolVersion
            part.sidecar.tlsMaxProtocolVersion = config.sidecar.tlsMaxProtocolVersion
            part.sidecar.cipherSuites = config.sidecar.cipherSuites
            part.sidecar.ecdhCurves = config.sidecar.ecdhCurves
        case .tracing: part.observability.tracing = config.observability.tracing
        case .healthChecks:
            part.featureFlags.enableEnvoyActiveHealthChecks = config.featureFlags.enableEnvoyActiveHealthChecks
        case .statistics: part.featureFlags.enableWASMStats = config.featureFlags.enableWASMStats
        }
        id = name
        self.config = part
    }
}

extension MeshReader {
    /// A part of the mesh's configuration, as far as it is valid; zero values for all else, and if it is missing.
    func config(_ aspect: MeshAspect.Name) -> MeshConfig { self(\.meshAspect, aspect).first?.config ?? .absent }

    /// The one MeshConfig that counts; none if it is missing.
    var meshConfigKeys: [ObjectKey] {
        self(\.meshAspect, .existence).map { _ in
            ObjectKey(kind: .meshConfig, name: constant(\.settings).meshConfigName)
        }
    }
}
