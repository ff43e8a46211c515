/// Manifests of the proofs.
enum NodeManifests {
    static func namespace(_ name: String, isInMesh: Bool = true) -> String {
        let mesh =
            isInMesh
            ? "  labels: {openservicemesh.io/monitored-by: osm}\n  annotations: {openservicemesh.io/sidecar-injection: enabled}\n"
            : ""
        return "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: \(name)\n\(mesh)"
    }

    static func serviceAccount(_ name: String, in namespace: String) -> String {
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: \(name), namespace: \(namespace)}\n"
    }

    /// A Service.
    ///
    /// - Parameter app: The label of its pods; its own name if `nil`.
    static func service(
        _ name: String, in namespace: String, port: Int = 8080, protocol appProtocol: String = "http",
        selecting app: String? = nil
    ) -> String {
        """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: \(namespace)}
        spec:
          selector: {app: \(app ?? name)}
          ports: [{name: \(appProtocol), port: \(port), targetPort: \(port), protocol: TCP, appProtocol: \(appProtocol)}]

        """
    }

    /// A Deployment of the test application.
    ///
    /// - Parameter more: Further fields of the container, indented as in a list of the pod's containers.
    static func deployment(
        _ name: String, in namespace: String, replicas: Int = 1, arguments: [String], account: String? = nil,
        more: String = ""
    ) -> String {
        """
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name), namespace: \(namespace)}
        spec:
          replicas: \(replicas)
          selector: {matchLabels: {app: \(name)}}
          strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
          template:
            metadata: {labels: {app: \(name)}}
            spec:
        \(podSpec(arguments, account: account ?? name, more: more, indent: 6))
        """
    }

    static func pod(
        _ name: String, in namespace: String, arguments: [String], account: String = "default", more: String = "",
        spec: String = ""
    ) -> String {
        """
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: \(namespace), labels: {app: \(name)}}
        spec:
        \(podSpec(arguments, account: account, more: more, indent: 2))\(spec)
        """
    }

    static func podSpec(_ arguments: [String], account: String, more: String, indent: Int) -> String {
        let words = arguments.map { "\"\($0)\"" }.joined(separator: ", ")
        let lines =
            ["serviceAccountName: \(account)", "containers:", "- name: app", "  image: osm-pod-app:latest"]
            + ["  args: [\(words)]"] + more.split(separator: "\n").map { "  \($0)" }
        let space = String(repeating: " ", count: indent)
        return lines.map { "\(space)\($0)\n" }.joined()
    }
}
