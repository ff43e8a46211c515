extension IngressBackend {
    /// As many backends, sources and server names of one object are read.
    ///
    /// What they open is in the route configuration of each of the pods.
    static let mostEntries = 1000

    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, backends: [], sources: [])
    }

    /// That there are backends and sources, their names, ports, protocols and server names, and that no port of a
    /// service is listed twice.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        if backends.isEmpty { list.add("spec.backends", "is empty: list the Services that may be called") }
        list.checkCount(backends.count, "spec.backends", most: Self.mostEntries)
        var seen: Set<Backend.Claim> = []
        for (index, backend) in backends.prefix(Self.mostEntries).enumerated() {
            check(backend, "spec.backends[\(index)]", &list)
            let claim = Backend.Claim(service: backend.service, port: backend.port)
            if !backend.service.isEmpty, !seen.insert(claim).inserted {
                list.add(
                    "spec.backends[\(index)]",
                    "port \(backend.port) of `\(backend.service)` is an earlier backend: a port has one entry")
            }
        }
        if sources.isEmpty { list.add("spec.sources", "is empty: list who may call, else nobody may") }
        list.checkCount(sources.count, "spec.sources", most: Self.mostEntries)
        for (index, source) in sources.prefix(Self.mostEntries).enumerated() {
            check(source, "spec.sources[\(index)]", &list)
        }
        return list.problems
    }

    private func check(_ backend: Backend, _ path: String, _ list: inout ProblemList) {
        list.checkName(backend.service, "\(path).name", isLabel: true)
        list.checkPort(backend.port, "\(path).port.number")
        list.checkWord(backend.portProtocol.lowercased(), "\(path).port.protocol", oneOf: ["http", "https"])
        guard let tls = backend.tls else { return }
        list.checkCount(tls.sniHosts.count, "\(path).tls.sniHosts", most: Self.mostEntries)
        for (index, host) in tls.sniHosts.prefix(Self.mostEntries).enumerated() {
            let path = "\(path).tls.sniHosts[\(index)]"
            let name = host.hasPrefix("*.") ? String(host.dropFirst(2)) : host
            if host == "*" {
                list.add(path, "`*` is not a server name: leave out sniHosts to answer any")
            } else {
                list.checkName(name.lowercased(), path)
            }
        }
    }

    private func check(_ source: Source, _ path: String, _ list: inout ProblemList) {
        switch source.sourceKind {
        case .service:
            list.checkName(source.name, "\(path).name", isLabel: true)
            if source.namespace.isEmpty {
                list.add("\(path).namespace", "is missing: write the namespace of the Service")
            } else {
                list.checkName(source.namespace, "\(path).namespace", isLabel: true)
            }
        case .ipRange: list.checkRange(source.name, "\(path).name")
        case .authenticatedPrincipal:
            if source.name.isEmpty {
                list.add("\(path).name", "is missing: write the name in the client's certificate")
            } else if source.name == "*" {
                list.add(
                    "\(path).name",
                    "`*` is not a name: leave AuthenticatedPrincipal out to accept every certificate of the mesh")
            } else if source.name.utf8.count > Self.longestPrincipal {
                list.add("\(path).name", "is longer than \(Self.longestPrincipal) characters")
            }
        case nil:
            list.checkWord(source.kind, "\(path).kind", oneOf: ["Service", "IPRange", "AuthenticatedPrincipal"])
        }
    }

    /// The longest SPIFFE identity (SPIFFE-ID, section 2.3).
    private static let longestPrincipal = 2048
}

extension IngressBackend.Backend {
    /// What no two backends of one object may have in common.
    fileprivate struct Claim: Hashable {
        let service: String
        let port: Int
    }
}
