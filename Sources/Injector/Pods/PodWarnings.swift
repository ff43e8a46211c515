/// What of a pod does not go together with a sidecar.
struct PodWarnings {
    /// In words for the pod's author.
    let list: [String]

    init(_ pod: SubmittedPod) {
        let used =
            [ProxyPorts.admin, ProxyPorts.outbound, ProxyPorts.inbound, ProxyPorts.metrics] + ProxyPorts.probes
        var list: [String] = []
        for container in (pod.spec.initContainers ?? []) + pod.spec.containers {
            for port in container.ports ?? [] where port.transport ?? "TCP" == "TCP" {
                guard let number = port.containerPort, used.contains(where: { Int($0) == number }) else { continue }
                list.append(
                    "container \(container.name): port \(number) is used by the pod's sidecar: choose another")
            }
            if (container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser) == Int64(ProxyPorts.userID)
            {
                list.append(
                    "container \(container.name) runs as user \(ProxyPorts.userID), as the sidecar does: what it sends "
                        + "bypasses the mesh; choose another user")
            }
        }
        self.list = list
    }
}

extension SubmittedPod {
    /// Whether the pod ends once its applications have.
    var endsByItself: Bool { spec.restartPolicy == "Never" || spec.restartPolicy == "OnFailure" }
}
