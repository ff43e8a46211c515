import MeshModel

/// What the authors of objects are told (sections 1, 4 and 5): the fields, not the words.
extension Oracle {
    /// Whether a split is malformed, or an older one divides the requests to its apex.
    func isRefused(_ split: TrafficSplit) -> Bool {
        guard objects.splits[split.name] != nil, let apex = split.service.split(separator: ".").first else {
            return true
        }
        let name = ObjectName(namespace: split.metadata.namespace, name: String(apex))
        return self.split(at: name)?.name != split.name
    }

    /// The fields of a well-formed target that name what is not there or allows nothing.
    func unresolved(_ target: TrafficTarget) -> Set<String> {
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
    func unresolved(_ split: TrafficSplit) -> Set<String> {
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
    func lostPorts(of service: Service) -> Set<UInt16> {
        Set(
            (ports(of: service.name) ?? []).map(\.port.port).filter { port in
                service.clusterIPs.contains { owner(of: SocketAddress(ip: $0, port: port))?.service != service.name }
            })
    }
}
