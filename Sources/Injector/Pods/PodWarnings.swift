/// What of a pod does not go together with a sidecar.
struct PodWarnings {
    /// In words for the pod's author.
    private(set) var list: [String] = []

    /// The ports of the sidecar.
    private static let used =
        [ProxyPorts.admin, ProxyPorts.outbound, ProxyPorts.inbound, ProxyPorts.metrics] + ProxyPorts.probes

    /// - Parameter ports: Ports of the pod that are reached past its sidecar.
    init(_ pod: SubmittedPod, excluding ports: [UInt16]) {
        for container in (pod.spec.initContainers ?? []) + pod.spec.containers
        where !SidecarContainers.names.contains(container.name) {
            for port in container.ports ?? [] where port.transport ?? "TCP" == "TCP" {
                guard let number = port.containerPort, Self.used.contains(where: { Int($0) == number }) else {
                    continue
                }
                list.append(
                    "container \(container.name): port \(number) is used by the pod's sidecar: choose another")
            }
            if (container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser) == Int64(ProxyPorts.userID)
            {
                list.append(
                    "container \(container.name) runs as user \(ProxyPorts.userID), as the sidecar does: what it sends "
                        + "bypasses the mesh; choose another user")
            }
            guard let lifecycle = container.lifecycle else { continue }
            for (name, hook) in [("postStart", lifecycle.postStart), ("preStop", lifecycle.preStop)] {
                guard let get = hook?.httpGet, get.host?.isEmpty ?? true, let port = container.number(of: get.port),
                    !ports.contains(port)
                else { continue }
                list.append(
                    "container \(container.name): its \(name) hook asks port \(port) from the node, which is outside "
                        + "the mesh: the sidecar refuses it"
                        + (name == "postStart" ? ", and the container is restarted for ever" : "")
                        + "; run a program instead, or list the port in the annotation "
                        + RedirectionAnnotations.excludedInboundPorts)
            }
        }
    }
}

extension SubmittedPod {
    /// Whether the pod ends once its applications have.
    var endsByItself: Bool { spec.restartPolicy == "Never" || spec.restartPolicy == "OnFailure" }
}
