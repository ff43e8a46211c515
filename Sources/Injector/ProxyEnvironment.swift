public import MeshModel

/// The environment variables of a sidecar's Envoy: what its statistics and spans say of the pod.
///
/// In a container the names of the pod come from the downward API, since a pod may get its name after it was injected.
public struct ProxyEnvironment: Hashable, Sendable {
    /// The values by the names of the variables.
    public let values: [String: String]

    /// The variables of a pod's sidecar.
    public init(pod: Pod) {
        let workload = pod.workload ?? .unknown
        let attributes = Self.resourceAttributes(
            serviceAccount: pod.serviceAccount, namespace: pod.metadata.namespace, pod: pod.metadata.name)
        values = [
            ProxyVariable.namespace.rawValue: pod.metadata.namespace,
            ProxyVariable.pod.rawValue: pod.metadata.name,
            ProxyVariable.workloadKind.rawValue: workload.kind,
            ProxyVariable.workloadName.rawValue: workload.name,
            ProxyVariable.resourceAttributes.rawValue: attributes,
        ]
    }

    /// What spans say of a pod.
    static func resourceAttributes(serviceAccount: String, namespace: String, pod: String) -> String {
        "service.name=\(serviceAccount).\(namespace),k8s.namespace.name=\(namespace),k8s.pod.name=\(pod)"
    }

    /// The variables as lines `NAME=VALUE`, sorted.
    public var text: String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    }
}
