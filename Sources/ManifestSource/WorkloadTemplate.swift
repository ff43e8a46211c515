public import MeshModel

/// The pods that a workload of a file would have, such as those of a Deployment.
///
/// The mesh reads pods and no workloads. Who asks what manifests would do before there is a cluster needs them.
public struct WorkloadTemplate: Equatable, Sendable {
    /// The workload, such as `Deployment`.
    public let kind: String
    /// How many pods it wants; 1 where it does not say.
    public let replicas: Int
    /// A pod of it, with its namespace, and with the workload's name in place of its own; it has no address yet.
    public let pod: Pod
    /// Whether the pod has the network of its node, so that it gets no sidecar.
    public let isOnHostNetwork: Bool
    /// The line on which the workload begins.
    public let line: Int

    /// The kinds of workloads that are read, with the path of the pods' template in each.
    static let templates: [String: [String]] = [
        "Deployment": ["spec", "template"], "StatefulSet": ["spec", "template"], "DaemonSet": ["spec", "template"],
        "ReplicaSet": ["spec", "template"], "ReplicationController": ["spec", "template"],
        "Job": ["spec", "template"], "CronJob": ["spec", "jobTemplate", "spec", "template"],
    ]

    /// The kinds of workloads that are read.
    public static let kinds = Set(templates.keys)

    /// Reads a workload; `nil` if the document is none, or its pods cannot be read.
    init?(_ node: YAMLNode) {
        guard let kind = node["kind"]?.text, let path = Self.templates[kind],
            let name = node["metadata"]?["name"]?.text, !name.isEmpty,
            let template = path.reduce(node, { $0?[$1] })
        else { return nil }
        let namespace = node["metadata"]?["namespace"]?.text ?? ""
        let empty = YAMLNode(value: .map([]), line: template.line)
        func text(_ text: String) -> YAMLNode { YAMLNode(value: .text(text), line: template.line) }
        let metadata = (template["metadata"] ?? empty).setting("name", to: text(name))
            .setting("namespace", to: text(namespace.isEmpty ? "default" : namespace))
        guard let pod = try? template.setting("metadata", to: metadata).decode(Pod.self) else { return nil }
        self.kind = kind
        self.pod = pod
        line = node.line
        replicas = if case .integer(let count)? = node["spec"]?["replicas"]?.value { count } else { 1 }
        isOnHostNetwork = template["spec"]?["hostNetwork"]?.value == .boolean(true)
    }
}
