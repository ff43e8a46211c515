package import MeshModel

/// Which requests from outside the mesh reach a pod (section 7).
extension Oracle {
    /// A request that does not come from a proxy of the mesh.
    package struct IngressCall: CustomStringConvertible {
        /// The address at the other end of the connection.
        package var source: IPAddress
        /// The server name in TLS, empty for none; `nil` for a request in plain text.
        package var serverName: String?
        /// The names in the client's certificate, which the roots validate; `nil` without one.
        package var certificate: [String]?

        package init(source: IPAddress, serverName: String? = nil, certificate: [String]? = nil) {
            self.source = source
            self.serverName = serverName
            self.certificate = certificate
        }

        package var description: String {
            let proof = certificate.map { "as \($0)" } ?? "without a certificate"
            return "\(source) \(serverName.map { "over TLS to `\($0)`" } ?? "in plain text") \(proof)"
        }
    }

    /// What becomes of a request from outside.
    package enum IngressVerdict: Hashable {
        /// The connection is closed: nobody speaks that way to the port.
        case closed
        /// The handshake fails for want of a certificate.
        case unproven
        /// 403.
        case refused
        /// By these policies, `<namespace>/<IngressBackend>/<Service>`.
        case allowed(by: Set<String>)
    }

    /// What the proxy of a pod does with a request from outside to a port of it.
    package func verdict(of call: IngressCall, at port: UInt16, of pod: Pod) -> IngressVerdict {
        let open = openings(of: port, of: pod).filter { answers($0.backend, call.serverName) }
        guard !open.isEmpty else { return .closed }
        let isProofNeeded = open.allSatisfy { needsProof($0.backend) }
        if call.serverName != nil, isProofNeeded, call.certificate == nil { return .unproven }
        // Where nobody asks for a certificate none is sent.
        let isProofAsked = open.contains { needsProof($0.backend) }
        let names = isProofAsked ? call.certificate : nil
        let allowing = open.filter { isAllowed(call.source, names, $0.object, $0.backend) }.map {
            "\($0.object.metadata.namespace)/\($0.object.metadata.name)/\($0.backend.service)"
        }
        return allowing.isEmpty ? .refused : .allowed(by: Set(allowing))
    }

    private typealias Opening = (object: IngressBackend, backend: IngressBackend.Backend)

    /// What opens a port of a pod: of each service that leads there the oldest object.
    private func openings(of port: UInt16, of pod: Pod) -> [Opening] {
        objects.services.values.filter { leads($0, to: port, of: pod) }.compactMap { holder(of: $0, port) }
    }

    private func holder(of service: Service, _ port: UInt16) -> Opening? {
        let claims = objects.ingressBackends.values.compactMap { object -> Opening? in
            guard object.metadata.namespace == service.metadata.namespace else { return nil }
            return object.backends.first { $0.service == service.metadata.name && $0.port == Int(port) }
                .map { (object, $0) }
        }
        guard let oldest = self.oldest(claims.map(\.object)) else { return nil }
        return claims.first { $0.object.name == oldest.name }
    }

    private func answers(_ backend: IngressBackend.Backend, _ serverName: String?) -> Bool {
        let isTLS = backend.portProtocol.lowercased() == "https"
        guard let serverName else { return !isTLS }
        guard isTLS else { return false }
        guard let hosts = backend.tls?.sniHosts, !hosts.isEmpty else { return true }
        return hosts.map { $0.lowercased() }.contains { host in
            host == serverName || (host.hasPrefix("*") && serverName.hasSuffix(host.dropFirst()))
        }
    }

    private func needsProof(_ backend: IngressBackend.Backend) -> Bool {
        backend.portProtocol.lowercased() == "https" && backend.tls?.skipClientCertValidation != true
    }

    private func isAllowed(
        _ source: IPAddress, _ names: [String]?, _ object: IngressBackend, _ backend: IngressBackend.Backend
    ) -> Bool {
        let principals = object.sources.filter { $0.kind == "AuthenticatedPrincipal" }.map(\.name)
        let places = object.sources.filter { $0.kind != "AuthenticatedPrincipal" }
        if needsProof(backend) {
            guard let names, principals.isEmpty || principals.contains(where: names.contains) else { return false }
            if places.isEmpty { return true }
        }
        return places.contains { place in
            place.kind == "IPRange"
                ? AddressRange(place.name)?.holds(source) == true
                : sourceAddresses(ObjectName(namespace: place.namespace, name: place.name)).contains(source)
        }
    }

    private func sourceAddresses(_ service: ObjectName) -> Set<IPAddress> {
        Set(slices(of: service).flatMap { $0.endpoints.compactMap(\.address) })
    }

    /// What becomes of a request from outside, at a pod.
    package func prediction(
        of request: Request, on call: IngressCall, to pod: Pod, port: UInt16, applications: Set<UInt16>
    ) -> Prediction {
        Prediction(outcomes: [outcome(of: request, on: call, to: pod, port: port, applications)])
    }

    func outcome(
        of request: Request, on call: IngressCall, to pod: Pod, port: UInt16, _ applications: Set<UInt16>
    ) -> Outcome {
        let verdict = verdict(of: call, at: port, of: pod)
        switch verdict {
        case .closed, .unproven: return .nothing
        case .refused, .allowed: break
        }
        switch request.reading {
        case .rejected(let status): return .status(status)
        case .understood(let understood):
            if verdict == .refused { return .status(403) }
            guard applications.contains(port) else { return .status(503) }
            return .answered(by: pod.metadata.name, path: understood.path)
        }
    }

    // MARK: What the author is told

    /// The backends of a well-formed object that an older one holds.
    package func lostBackends(of object: IngressBackend) -> Set<Int> {
        guard objects.ingressBackends[object.name] != nil else { return [] }
        return Set(
            object.backends.indices.filter { index in
                let backend = object.backends[index]
                let rivals = objects.ingressBackends.values.filter { rival in
                    rival.metadata.namespace == object.metadata.namespace
                        && rival.backends.contains { $0.service == backend.service && $0.port == backend.port }
                }
                return oldest(rivals)?.name != object.name
            })
    }

    /// The fields of a well-formed object, not all of whose ports are another's, that have no effect.
    package func unresolved(_ object: IngressBackend) -> Set<String> {
        guard objects.ingressBackends[object.name] != nil else { return [] }
        let lost = lostBackends(of: object)
        guard lost.count < object.backends.count else { return [] }
        var paths = Set(lost.map { "spec.backends[\($0)].port" })
        let hasPrincipals = object.sources.contains { $0.kind == "AuthenticatedPrincipal" }
        let hasPlaces = object.sources.contains { $0.kind != "AuthenticatedPrincipal" }
        for (index, backend) in object.backends.enumerated() {
            let path = "spec.backends[\(index)]"
            let name = ObjectName(namespace: object.metadata.namespace, name: backend.service)
            if let ports = ports(of: name) {
                if !ports.contains(where: { $0.targets.map(Int.init).contains(backend.port) }) {
                    paths.insert("\(path).port.number")
                }
            } else {
                paths.insert("\(path).name")
            }
            let isTLS = backend.portProtocol.lowercased() == "https"
            if !isTLS, backend.tls != nil { paths.insert("\(path).tls") }
            guard !needsProof(backend) else { continue }
            if hasPrincipals { paths.insert(isTLS ? "\(path).tls.skipClientCertValidation" : "\(path).port.protocol") }
            if !hasPlaces { paths.insert("spec.sources") }
        }
        for (index, source) in object.sources.enumerated() where source.kind == "Service" {
            let service = ObjectName(namespace: source.namespace, name: source.name)
            if sourceAddresses(service).isEmpty { paths.insert("spec.sources[\(index)].name") }
        }
        return object.hasMatches ? paths.union(["spec.matches"]) : paths
    }
}

/// A range of IPv4 addresses, or one address of IPv6.
private struct AddressRange {
    private let first: String
    private let length: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 2, let length = Int(parts[1]) else { return nil }
        first = parts[0]
        self.length = length
    }

    func holds(_ address: IPAddress) -> Bool {
        guard let first = Self.number(first), let other = Self.number(address.description) else {
            return length == 128 && IPAddress(self.first) == address
        }
        return length == 0 || first >> (32 - length) == other >> (32 - length)
    }

    private static func number(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".").compactMap { UInt32($0) }
        return parts.count == 4 ? parts.reduce(0) { $0 << 8 | $1 } : nil
    }
}
