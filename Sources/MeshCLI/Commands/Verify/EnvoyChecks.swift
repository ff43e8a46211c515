internal import MeshModel

/// What must be in Envoys for a pod to reach another.
struct EnvoyChecks {
    let dump: ConfigDump
    let pod: ObjectName

    /// What a client of a service needs; only ports of a protocol count.
    func client(of service: MeshedService, isHTTP: Bool) -> [Verification] {
        let advice =
            "Check whether a policy allows it with `osm policy explain`, and `osm proxy status \(pod.name) -n "
            + "\(pod.namespace)`"
        return ports(service, isHTTP) { port in
            let listeners = service.listeners(port)
            let type = isHTTP ? "RouteConfiguration" : "TypedExtensionConfig"
            return [
                has("Listener", "outbound-listener", advice),
                Verification(
                    "Verify listeners for service \"\(service.name)\" port \(port.number) on pod \"\(pod)\"",
                    listeners.contains { dump.names("Listener").contains($0) },
                    orBecause: "Did not find any of the listeners \(listeners.joined(separator: ", "))",
                    suggestion: advice),
                has(type, service.outbound(port), advice),
                has("Cluster", service.cluster(port), advice),
            ]
        } + secrets(advice)
    }

    /// What a pod behind a service needs.
    func server(of service: MeshedService, isHTTP: Bool) -> [Verification] {
        let advice = "See `osm proxy status \(pod.name) -n \(pod.namespace)`"
        return ports(service, isHTTP) { port in
            [
                has("Listener", "inbound-listener", advice),
                isHTTP
                    ? has("RouteConfiguration", service.inbound(port), advice)
                    : has("Secret", "peers/\(port.target)", advice),
                has("Cluster", service.localCluster(port), advice),
            ]
        } + secrets(advice)
    }

    /// What a pod behind a service needs for clients outside of the mesh.
    func ingress(port: UInt16) -> [Verification] {
        let advice = "See whether the IngressBackend is Ready: kubectl get ingressbackend -n \(pod.namespace) -o wide"
        return [
            has("Listener", "inbound-listener", advice), has("RouteConfiguration", "ingress/\(port)", advice),
        ] + secrets(advice)
    }

    /// What a client of something outside of the mesh needs.
    func egress(port: UInt16, host: String?, isHTTP: Bool) -> [Verification] {
        let advice =
            "See whether an Egress policy for this pod's ServiceAccount is Ready: kubectl get egress -A -o wide"
        var checks = [has("Listener", "outbound-listener", advice), has("Listener", "egress/\(port)", advice)]
        if isHTTP { checks.append(has("RouteConfiguration", "egress/\(port)", advice)) }
        if let host, isHTTP { checks.append(has("Cluster", "\(host):\(port)", advice)) }
        return checks + secrets(advice)
    }

    private func ports(
        _ service: MeshedService, _ isHTTP: Bool, _ checks: (MeshedService.Port) -> [Verification]
    ) -> [Verification] {
        let ports = service.ports.filter { $0.isHTTP == isHTTP }
        guard !ports.isEmpty else {
            return [
                Verification(
                    "Verify ports of service \"\(service.name)\"", .failure,
                    reason:
                        "Service \"\(service.name)\" has no \(isHTTP ? "HTTP" : "TCP") port that the pod listens to",
                    suggestion: "Name the protocol with --app-protocol, or set appProtocol on the service's port")
            ]
        }
        return ports.flatMap(checks)
    }

    private func secrets(_ advice: String) -> [Verification] {
        [has("Secret", "workload", advice), has("Secret", "roots", advice)]
    }

    private func has(_ type: String, _ name: String, _ advice: String) -> Verification {
        Verification(
            "Verify \(type) \"\(name)\" on pod \"\(pod)\"", dump.names(type).contains(name),
            orBecause: dump.warming.contains(name)
                ? "\(type) \"\(name)\" is not yet in force" : "Did not find \(type) \"\(name)\"", suggestion: advice)
    }
}
