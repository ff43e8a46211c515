import Foundation
import MeshModel

/// What scheduler and kubelet would do for a pod: bind it to the node, give it its files, and write its status.
struct NodeAgent {
    /// The node's name.
    static let node = "rig"

    let cluster: Cluster
    /// The program osm-controller, for what the injector puts into a pod.
    let controller: String

    /// Makes the node known to the API server: controllers want to know the node of each endpoint.
    func registerNode() throws {
        try cluster.kubectl.apply("apiVersion: v1\nkind: Node\nmetadata:\n  name: \(Self.node)\n")
    }

    /// Binds a pod to the node, and gives it its address.
    func adopt(_ pod: PodSpecification) throws {
        let target = "{\"apiVersion\": \"v1\", \"kind\": \"Node\", \"name\": \"\(Self.node)\"}"
        let body =
            "{\"apiVersion\": \"v1\", \"kind\": \"Binding\", \"metadata\": {\"name\": \"\(pod.name.name)\"}, "
            + "\"target\": \(target)}"
        try cluster.send("\(path(of: pod))/binding", method: "POST", body: body)
        try publish(pod, isReady: false)
    }

    /// Writes the pod's status.
    func publish(_ pod: PodSpecification, isReady: Bool) throws {
        try cluster.send(
            "\(path(of: pod))/status", method: "PATCH", body: try pod.status(isReady: isReady),
            type: "application/merge-patch+json")
    }

    /// Writes what the sidecar has: from the product what the injector would give it, from the ConfigMap of its
    /// namespace and the API server what the kubelet would mount.
    func writeFiles(of pod: PodSpecification, to directory: String, controllerAddress: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let words = [
            "pod-files", "--kubeconfig", cluster.kubectl.kubeconfig, "--pod", "\(pod.name)",
            "--controller", controllerAddress, "--out", directory, "--mount", PodSpecification.sidecarFiles,
        ]
        // As the kubelet, which tries again until there is what a pod mounts.
        _ = try bundle(in: pod.name.namespace)
        try Command(cluster.kubectl.place([controller] + words)).check()
        try mountBundle(of: pod, to: directory)
        try write(try token(of: pod), to: "\(directory)/token")
    }

    /// Writes what the ConfigMap of a pod's namespace holds.
    func mountBundle(of pod: PodSpecification, to directory: String) throws {
        for (name, text) in try bundle(in: pod.name.namespace) { try write(text, to: "\(directory)/\(name)") }
    }

    /// The files of the ConfigMap in a namespace; waits until it is there.
    func bundle(in namespace: String) throws -> [String: String] {
        struct ConfigMap: Decodable { let data: [String: String] }
        let words = ["get", "configmap", "osm-ca-bundle", "--namespace", namespace, "--output", "json"]
        var complaint = ""
        let text = try Waiting.until("the ConfigMap osm-ca-bundle in \(namespace)", explanation: { complaint }) {
            let outcome = try cluster.kubectl.run(words)
            complaint = outcome.errors
            return outcome.status == 0 ? outcome.output : nil
        }
        return try JSONDecoder().decode(ConfigMap.self, from: Data(text.utf8)).data
    }

    /// A token of the pod's service account, bound to the pod, as it is projected into it.
    private func token(of pod: PodSpecification) throws -> String {
        let words = [
            "create", "token", pod.serviceAccount, "--namespace", pod.name.namespace, "--duration", "24h",
            "--audience", MeshLabels.proxyTokenAudience, "--bound-object-kind", "Pod",
            "--bound-object-name", pod.name.name,
        ]
        return try cluster.kubectl.check(words).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Replaces a file by renaming, as the kubelet does.
    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    private func path(of pod: PodSpecification) -> String {
        "/api/v1/namespaces/\(pod.name.namespace)/pods/\(pod.name.name)"
    }
}
