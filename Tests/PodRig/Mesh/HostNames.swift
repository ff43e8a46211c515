import MeshModel

/// The names by which pods find Services: what the DNS of a cluster would answer.
enum HostNames {
    /// The contents of `/etc/hosts` for a pod of a namespace.
    ///
    /// A Service has its four names with a namespace everywhere, its short one only in its own namespace. The names of
    /// a headless Service are its pods; each pod of a StatefulSet has names before those of the Service too.
    static func hosts(of services: [Service], pods: [PodSpecification], seenFrom namespace: String) -> String {
        var lines = ["127.0.0.1 localhost", "::1 localhost"]
        for service in services where !service.clusterIPs.isEmpty {
            let names = names(of: service, seenFrom: namespace).joined(separator: " ")
            lines += service.clusterIPs.map { "\($0) \(names)" }
        }
        for service in services where service.clusterIPs.isEmpty {
            let names = names(of: service, seenFrom: namespace)
            for pod in pods where pod.name.namespace == service.namespace && service.selects(pod.labels) {
                let own = pod.isOfStatefulSet ? names.map { "\(pod.shortName).\($0)" } : []
                lines += pod.addresses.map { "\($0) \((own + names).joined(separator: " "))" }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func names(of service: Service, seenFrom namespace: String) -> [String] {
        let (name, home) = (service.metadata.name, service.namespace)
        let names = ["\(name).\(home).svc.cluster.local", "\(name).\(home).svc", "\(name).\(home)"]
        return home == namespace ? names + [name] : names
    }
}
