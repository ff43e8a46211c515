public import Incremental
import MeshModel
public import MeshPolicy

/// How clients connect to an upstream, by the setting of its service and the mesh's configuration.
///
/// One of pods that clients call by their own addresses knows nothing of pods to choose from: those are probed and left
/// out nowhere.
enum UpstreamSettingsQuery: MeshQuery {
    static func evaluate(_ name: UpstreamName, _ mesh: MeshReader) -> UpstreamSettings {
        var settings = mesh(HoldingSetting.self, name.target.service).map(UpstreamSettings.init) ?? UpstreamSettings()
        switch name.choice {
        case .direct:
            settings.outlierDetection = nil
            settings.healthCheck = nil
            settings.balancing = .roundRobin
        case .balanced:
            guard settings.healthCheck == nil, mesh(AreHealthChecksOn.self, .one),
                UpstreamPods.ports(of: name.target, mesh).contains(where: { $0.wireProtocol == .http })
            else { break }
            settings.healthCheck = .ofProxies
        }
        return settings
    }
}

/// Whether proxies probe each other (`featureFlags.enableEnvoyActiveHealthChecks`).
enum AreHealthChecksOn: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> Bool {
        mesh.config(.healthChecks).featureFlags.enableEnvoyActiveHealthChecks
    }
}

/// Whether proxies answer the probes of others.
public enum HealthCheckAnswersQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_: Whole, _ mesh: MeshReader) -> HealthCheckAnswers {
        HealthCheckAnswers(areGiven: mesh(AreHealthChecksOn.self, .one))
    }
}

/// By what a service's pods are chosen; `nil` if not by a hash.
enum ServiceHash: MeshQuery {
    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> RequestHash? {
        guard let balancing = mesh(HoldingSetting.self, service)?.loadBalancing,
            balancing.effectivePolicy == .ringHash, let hash = balancing.hash
        else { return nil }
        if let header = hash.header { return .header(header.lowercased()) }
        return hash.cookie.map { .cookie(name: $0.name, lifetime: $0.ttl?.duration) } ?? .sourceIP
    }
}

/// What of a service's setting is that of its routes.
enum ServiceTimeouts: MeshQuery {
    struct Timeouts: Equatable, Sendable {
        /// How long a request may take; `nil` for any time.
        let request: Duration?
        /// How long a TCP connection may carry nothing; `nil` for any time.
        let idleConnection: Duration?
    }

    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> Timeouts {
        let settings = mesh(HoldingSetting.self, service)?.connectionSettings
        return Timeouts(
            request: settings?.http?.requestTimeout?.limit, idleConnection: settings?.tcp?.idleTimeout?.limit)
    }
}

/// Where a service's pods are probed, and whether clients prefer those of their zone.
enum EndpointSettings: MeshQuery {
    struct Settings: Equatable, Sendable {
        let probePort: UInt16?
        let prefersZone: Bool
    }

    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> Settings {
        let setting = mesh(HoldingSetting.self, service)
        return Settings(
            probePort: setting?.healthCheck?.port.flatMap(UInt16.init(exactly:)),
            prefersZone: setting?.loadBalancing?.preferLocality == true)
    }
}

/// Whether a setting of some service prefers the client's zone: only then clients of different zones differ.
enum AreZonesPreferred: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> Bool {
        mesh(\.settingsPreferringZone, .one).contains { row in
            row.object.service.flatMap { mesh(HoldingSetting.self, $0) }?.name == row.id
        }
    }
}

/// The zone of a pod; `nil` where it is unknown.
///
/// The label that newer Kubernetes versions give to pods says it; else the slices of the Services that select the pod.
enum PodZone: MeshQuery {
    static let label = "topology.kubernetes.io/zone"

    static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> String? {
        guard let pod = mesh(\.podByName, name).first?.valid else { return nil }
        if let zone = pod.metadata.labels[label], !zone.isEmpty { return zone }
        let labels = SelectingServices.Key(namespace: name.namespace, labels: pod.metadata.labels)
        for service in mesh(SelectingServices.self, labels) {
            for backend in mesh(ServiceBackends.self, service).pods
            where !backend.zone.isEmpty && pod.addresses.contains(backend.address) {
                return backend.zone
            }
        }
        return nil
    }
}
