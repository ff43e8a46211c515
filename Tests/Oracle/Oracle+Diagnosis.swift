package import MeshModel

/// What the authors of objects are told (sections 1, 4 and 5): the fields, not the words.
extension Oracle {
    /// Whether a split is malformed, or an older one divides the requests to its apex.
    package func isRefused(_ split: TrafficSplit) -> Bool {
        guard objects.splits[split.name] != nil, let apex = split.service.split(separator: ".").first else {
            return true
        }
        let name = ObjectName(namespace: split.metadata.namespace, name: String(apex))
        return self.split(at: name)?.name != split.name
    }

    /// The fields of a well-formed target that name what is not there or allows nothing.
    package func unresolved(_ target: TrafficTarget) -> Set<String> {
        guard objects.targets[target.name] != nil else { return [] }
        var paths: Set<String> = []
        for (index, rule) in target.rules.enumerated() {
            let name = ObjectName(namespace: target.metadata.namespace, name: rule.name)
            switch rule.kind {
            case "HTTPRouteGroup":
                guard let group = objects.groups[name] else {
                    paths.insert("spec.rules[\(index)].name")
                    continue
                }
                for (position, match) in (rule.matches ?? []).enumerated()
                where !group.matches.contains(where: { $0.name == match }) {
                    paths.insert("spec.rules[\(index)].matches[\(position)]")
                }
            case "TCPRoute":
                if objects.tcpRoutes[name] == nil { paths.insert("spec.rules[\(index)].name") }
            default: paths.insert("spec.rules[\(index)].kind")
            }
        }
        return paths
    }

    /// The fields of an accepted split that name what is not there or has no part in it.
    package func unresolved(_ split: TrafficSplit) -> Set<String> {
        guard !isRefused(split), let label = split.service.split(separator: ".").first else { return [] }
        let namespace = split.metadata.namespace
        guard let apex = ports(of: ObjectName(namespace: namespace, name: String(label))) else {
            return ["spec.service"]
        }
        var paths: Set<String> = []
        for (index, backend) in split.backends.enumerated() {
            let ports = ports(of: ObjectName(namespace: namespace, name: backend.service)) ?? []
            let isWhole = apex.allSatisfy { port in ports.contains { $0.port.port == port.port.port } }
            let isThere = self.ports(of: ObjectName(namespace: namespace, name: backend.service)) != nil
            if !isThere || !isWhole { paths.insert("spec.backends[\(index)].service") }
        }
        for (index, reference) in split.matches.enumerated()
        where matches(ofGroup: reference.name, in: namespace) == nil {
            paths.insert("spec.matches[\(index)].name")
        }
        if !split.matches.isEmpty, apex.contains(where: { !$0.isHTTP }) { paths.insert("spec.matches") }
        return paths
    }

    /// The ports of a service whose addresses an older service holds, by their number.
    package func lostPorts(of service: Service) -> Set<UInt16> {
        Set(
            claims(of: service).filter { address, _ in
                owner(of: address).map { $0.service != service.name } ?? false
            }.map(\.port))
    }

    /// The addresses that a service claims, with the port that each leads to.
    private func claims(of service: Service) -> [(address: SocketAddress, port: UInt16)] {
        let ports = ports(of: service.name) ?? []
        guard isHeadless(service.name) else {
            return ports.flatMap { port in
                service.clusterIPs.map { (SocketAddress(ip: $0, port: port.port.port), port.port.port) }
            }
        }
        var result: [SocketAddress: UInt16] = [:]
        for endpoint in endpoints(of: service.name) where endpoint.pod != nil {
            for number in endpoint.ports {
                guard let ip = endpoint.address, let port = ports.first(where: { $0.port.name == number.name })
                else { continue }
                // Where two ports lead to one address, the lesser has it.
                let address = SocketAddress(ip: ip, port: number.number)
                result[address] = min(result[address] ?? port.port.port, port.port.port)
            }
        }
        return result.map { ($0.key, $0.value) }
    }
}
