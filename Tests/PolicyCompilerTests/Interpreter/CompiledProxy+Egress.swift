import MeshModel
import MeshPolicy
import Oracle

extension CompiledProxy {
    /// What the proxy does with a connection to an address at which it has no listener: what Envoy would do with the
    /// listener of the port, its chains and its routes.
    func departure(to address: SocketAddress, opening: Oracle.FirstBytes) -> Oracle.Departure {
        let catchAll: Oracle.Departure = egress?.isPassthrough == true ? .carried : .closed
        guard let port = egressPorts[address.port] else { return catchAll }
        // The longest prefix, and no other.
        let zone = port.zones.filter { $0.range?.contains(address.ip) ?? true }
            .max { ($0.range?.prefixLength ?? -1) < ($1.range?.prefixLength ?? -1) }
        let open: Oracle.Departure = zone?.connections == nil ? (port.isPassthrough ? .carried : .closed) : .carried
        switch opening {
        case .request(let request):
            guard let hosts = port.hosts else { return open }
            return departure(of: request, port, hosts)
        case .tls(let name):
            guard let servers = zone?.servers, let name = closest(servers.map(\.name), to: name) else { return open }
            return servers.contains { $0.name == name } ? .carried : open
        case .bytes: return open
        }
    }

    private func departure(
        of request: Request, _ port: EgressPort, _ hosts: [EgressPort.Host]
    ) -> Oracle.Departure {
        let suffix = ":\(port.key.port)"
        var name = request.host.lowercased()
        if name.hasSuffix(suffix) { name.removeLast(suffix.count) }
        guard let closest = closest(hosts.map(\.name), to: name), let host = hosts.first(where: { $0.name == closest })
        else { return port.isPassthrough ? .sentOn : .forbidden }
        if let matches = host.matches {
            // The expression of the proxy's route.
            let isAmbiguous = request.pathAlone.firstMatch(of: #/\/\/|\\|\/\.\.?(\/|;|$)|%2[EFef]|%5[Cc]/#) != nil
            guard !isAmbiguous, matches.contains(where: { Self.matches($0, request) }) else { return .forbidden }
        }
        return host.isPattern ? .sentOn : .sent(to: host.name)
    }

    /// The name itself, else the longest pattern around it.
    private func closest(_ patterns: [String], to name: String?) -> String? {
        guard let name else { return patterns.first { $0 == "*" } }
        if patterns.contains(name) { return name }
        let around = patterns.filter { $0.hasPrefix("*.") && name.hasSuffix($0.dropFirst()) }
        return around.max { $0.count < $1.count } ?? patterns.first { $0 == "*" }
    }
}
