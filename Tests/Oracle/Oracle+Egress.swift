package import MeshModel

/// What leaves the mesh (section 7).
extension Oracle {
    /// What a client sends first on a connection that leaves the mesh.
    package enum FirstBytes: Hashable {
        /// HTTP without TLS.
        case request(Request)
        /// TLS, by the name of a server or none.
        case tls(String?)
        /// Something else.
        case bytes
    }

    /// What a client's proxy does with a connection to an address that is none of the mesh for it.
    package enum Departure: Hashable {
        /// It closes it.
        case closed
        /// It carries it to the address, whatever it is.
        case carried
        /// It answers the request itself.
        case forbidden
        /// It sends the request to this host, wherever that is.
        case sent(to: String)
        /// It sends the request to the address.
        case sentOn
    }

    /// What becomes of a connection that leaves the mesh.
    package func departure(
        of client: ServiceIdentity, to address: SocketAddress, opening: FirstBytes
    ) -> Departure {
        let entries = egresses(of: client, on: Int(address.port))
        let isHere = { (policy: Egress) in
            policy.ipAddresses.isEmpty || policy.ipAddresses.contains { Self.range($0, holds: address.ip) }
        }
        switch opening {
        case .request(let request):
            let policies = entries.filter { $0.word == "http" }.map(\.policy)
            if !policies.isEmpty { return departure(of: request, port: address.port, policies) }
        case .tls(let name):
            let isNamed = entries.contains { policy, word in
                guard word == "https", isHere(policy) else { return false }
                guard !policy.hosts.isEmpty, !policy.hosts.contains("*") else { return true }
                return policy.hosts.contains { host in name.map { Self.host(host, covers: $0) } ?? false }
            }
            if isNamed { return .carried }
        case .bytes: break
        }
        let isOpen = entries.contains { $0.word.hasPrefix("tcp") && isHere($0.policy) }
        return isOpen || isEgressPassthrough ? .carried : .closed
    }

    /// The ports of policies that count for a client on a port: the oldest policy first.
    package func egresses(of client: ServiceIdentity, on port: Int) -> [(policy: Egress, word: String)] {
        var policies = objects.egresses.values.filter { policy in
            mode(of: policy.metadata.namespace) != .outside
                && policy.sources.contains { $0.name == client.serviceAccount && $0.namespace == client.namespace }
        }
        var entries: [(policy: Egress, word: String)] = []
        while let policy = oldest(policies) {
            policies.removeAll { $0.name == policy.name }
            for entry in policy.ports where entry.number == port {
                entries.append((policy, entry.protocolName.lowercased()))
            }
        }
        // Who waits for the client to speak never hears a server that speaks first: the first one who minds decides.
        guard let decisive = entries.first(where: { $0.word != "tcp" })?.word else { return entries }
        let isServerFirst = decisive == "tcp-server-first"
        return entries.filter { $0.word == "tcp" || ($0.word == "tcp-server-first") == isServerFirst }
    }

    private func departure(of request: Request, port: UInt16, _ policies: [Egress]) -> Departure {
        var host = request.host.lowercased()
        if host.hasSuffix(":\(port)") { host.removeLast(":\(port)".count) }
        let concerned = policies.filter { $0.hosts.contains { Self.host($0, covers: host) } }
        guard !concerned.isEmpty else { return isEgressPassthrough ? .sentOn : .forbidden }
        let isUnlimited = concerned.contains { !$0.matches.contains { $0.kind == "HTTPRouteGroup" } }
        if !isUnlimited {
            // What a server may read as another path than the policy does is nobody's.
            guard !Self.isAmbiguous(request.pathAlone) else { return .forbidden }
            let groups = concerned.flatMap { policy in
                policy.matches.filter { $0.kind == "HTTPRouteGroup" }
                    .compactMap { matches(ofGroup: $0.name, in: policy.metadata.namespace) }
            }
            guard groups.joined().contains(where: { Self.matches($0, request) }) else { return .forbidden }
        }
        let isExact = concerned.contains { $0.hosts.contains { $0.lowercased() == host } }
        return isExact ? .sent(to: host) : .sentOn
    }

    private static func isAmbiguous(_ path: String) -> Bool {
        let lower = path.lowercased()
        if ["//", "\\", "%2e", "%2f", "%5c"].contains(where: { lower.contains($0) }) { return true }
        return lower.split(separator: "/", omittingEmptySubsequences: false).dropFirst().contains { segment in
            [".", ".."].contains(segment.prefix { $0 != ";" })
        }
    }

    private static func host(_ pattern: String, covers host: String) -> Bool {
        let pattern = pattern.lowercased()
        if pattern == "*" || pattern == host { return true }
        return pattern.hasPrefix("*.") && host.hasSuffix(pattern.dropFirst())
            && host.count > pattern.count - 1
    }

    /// Whether an IPv4 address is in a range; of IPv6 only the range of all addresses is known.
    private static func range(_ text: String, holds address: IPAddress) -> Bool {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 2, let length = UInt64(parts[1]) else { return false }
        guard address.family == .v4 else { return text == "::/0" }
        guard let base = number(parts[0]), let own = number(address.description) else { return false }
        return base >> (32 - length) == own >> (32 - length)
    }

    private static func number(_ address: String) -> UInt64? {
        let parts = address.split(separator: ".").compactMap { UInt64($0) }
        return parts.count == 4 ? parts.reduce(0) { $0 << 8 | $1 } : nil
    }

    // MARK: What the authors are told

    /// The fields of a well-formed policy that an older one decides otherwise.
    package func lostFields(of policy: Egress) -> Set<String> {
        var paths: Set<String> = []
        let clients = policy.sources.map { ServiceIdentity(namespace: $0.namespace, serviceAccount: $0.name) }
        for (index, port) in policy.ports.enumerated() where mode(of: policy.metadata.namespace) != .outside {
            let word = port.protocolName.lowercased()
            let isLost = clients.contains { client in
                !egresses(of: client, on: port.number).contains { $0.policy.name == policy.name && $0.word == word }
            }
            if isLost { paths.insert("spec.ports[\(index)].protocol") }
        }
        return paths
    }

    /// The fields of a well-formed policy that name what is not there or have no effect.
    package func unresolved(_ policy: Egress) -> Set<String> {
        guard objects.egresses[policy.name] != nil else { return [] }
        var paths: Set<String> = []
        let words = Set(policy.ports.map { $0.protocolName.lowercased() })
        for (index, source) in policy.sources.enumerated() where mode(of: source.namespace) == .outside {
            paths.insert("spec.sources[\(index)].namespace")
        }
        if !policy.hosts.isEmpty, words.isDisjoint(with: ["http", "https"]) { paths.insert("spec.hosts") }
        if !policy.ipAddresses.isEmpty, words == ["http"] { paths.insert("spec.ipAddresses") }
        for (index, reference) in policy.matches.enumerated() where reference.kind == "HTTPRouteGroup" {
            if !words.contains("http") || matches(ofGroup: reference.name, in: policy.metadata.namespace) == nil {
                paths.insert("spec.matches[\(index)].name")
            }
        }
        return paths
    }
}
