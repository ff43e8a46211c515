import MeshModel

/// The names by which pods find Services: what the DNS of a cluster would answer.
enum HostNames {
    /// The contents of `/etc/hosts` for a pod of a namespace.
    ///
    /// A Service has its four names with a namespace everywhere, its short one only in its own namespace.
    static func hosts(of services: [Service], seenFrom namespace: String) -> String {
        var lines = ["127.0.0.1 localhost"]
        for service in services {
            guard let address = service.clusterIPs.first else { continue }
            let (name, home) = (service.metadata.name, service.namespace)
            var names = ["\(name).\(home).svc.cluster.local", "\(name).\(home).svc", "\(name).\(home)"]
            if home == namespace { names.append(name) }
            lines.append("\(address) \(names.joined(separator: " "))")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
