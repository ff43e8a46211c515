import Incremental
import MeshModel
import MeshPolicy

/// The IngressBackend that opens a port of a service: of several the oldest.
enum HoldingIngressBackend: MeshQuery {
    static func evaluate(_ target: ServiceTargetPort, _ mesh: MeshReader) -> IngressBackend? {
        mesh(\.ingressBackendsByTarget, target).compactMap(\.valid).min {
            $0.metadata.seniority < $1.metadata.seniority
        }
    }
}

/// What clients outside the mesh may do at a port of a service; `nil` if no IngressBackend opens it.
enum IngressAccessQuery: MeshQuery {
    static func evaluate(_ target: ServiceTargetPort, _ mesh: MeshReader) -> IngressAccess? {
        guard let holder = mesh(HoldingIngressBackend.self, target),
            let backend = holder.backends.first(where: { holder.target(of: $0) == target })
        else { return nil }
        return IngressAccess(
            name: "\(holder.name)/\(backend.service)", origin: holder.key, service: target.service,
            transport: transport(of: backend, in: holder, mesh), addresses: addresses(for: backend, in: holder, mesh))
    }

    private static func transport(
        of backend: IngressBackend.Backend, in holder: IngressBackend, _ mesh: MeshReader
    ) -> IngressAccess.Transport {
        guard backend.clientProtocol == .https else { return .plain }
        let names = Set((backend.tls?.sniHosts ?? []).map { $0.lowercased() }).sorted()
        guard backend.needsCertificate else { return .tls(serverNames: names, clients: .notAsked) }
        guard !holder.principals.isEmpty else { return .tls(serverNames: names, clients: .ofMesh) }
        let domains = mesh(ClientTrustDomains.self, .one)
        let principals = Set(holder.principals.flatMap { ServiceIdentity.names(of: $0, in: domains) })
        return .tls(serverNames: names, clients: .named(principals.sorted()))
    }

    /// From where clients may call a backend.
    ///
    /// Without a source that is an address, only a certificate can tell who calls.
    private static func addresses(
        for backend: IngressBackend.Backend, in holder: IngressBackend, _ mesh: MeshReader
    ) -> [IPRange]? {
        guard holder.sources.contains(where: \.isAddress) else { return backend.needsCertificate ? nil : [] }
        var ranges = Set(holder.sourceRanges)
        for service in holder.sourceServices {
            ranges.formUnion(mesh(SourceAddresses.self, service).map(IPRange.init(only:)))
        }
        return ranges.sorted()
    }
}

/// The addresses of a Service's endpoints, of whatever namespace, in the mesh or not: sorted, without duplicates.
///
/// Those that are not ready count: a proxy that is being replaced finishes the requests that it has.
enum SourceAddresses: MeshQuery {
    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> [IPAddress] {
        Set(mesh(\.slicesByService, service).compactMap(\.valid).flatMap { $0.endpoints.compactMap(\.address) })
            .sorted()
    }
}

extension IngressBackend.Source {
    /// Whether the source says from where clients call.
    var isAddress: Bool { sourceKind == .service || sourceKind == .ipRange }
}
