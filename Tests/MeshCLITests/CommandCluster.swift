import Foundation
import TestCluster

/// A cluster with the mesh's kinds, on which command lines are run.
struct CommandCluster {
    let cluster: TestCluster

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let start = Task {
        let cluster = try await TestCluster.shared()
        try await cluster.kubectlOutput(["apply", "-k", repository.appending(path: "crds").path])
        try await cluster.kubectlOutput(["wait", "--for=condition=Established", "crd", "--all", "--timeout=240s"])
        return CommandCluster(cluster: cluster)
    }

    /// The cluster that the tests of this process share.
    static func shared() async throws -> CommandCluster { try await start.value }

    /// Runs a command line as the administrator.
    func osm(_ arguments: String..., answers: [String] = []) async -> Transcript {
        await Transcript.of(arguments + ["--kubeconfig", cluster.kubeconfigPath], answers: answers)
    }

    /// Applies manifests.
    func apply(_ manifests: String) async throws {
        try await cluster.kubectlOutput(["apply", "-f", "-"], input: manifests)
    }

    /// What a field of an object says, by JSONPath.
    func field(_ path: String, of object: String..., in namespace: String = "default") async throws -> String {
        try await cluster.kubectlOutput(
            ["get"] + object + ["--namespace", namespace, "--output", "jsonpath={\(path)}"])
    }

    /// Makes a control plane of which nothing runs: its namespace, Deployment and MeshConfig.
    ///
    /// - Returns: The names of the mesh and of its namespace.
    func makeMesh(permissive: Bool = false) async throws -> (name: String, namespace: String) {
        let namespace = try await cluster.createNamespace("mesh")
        try await apply(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: osm-controller
              namespace: \(namespace)
              labels: {app: osm-controller, meshName: \(namespace), app.kubernetes.io/version: v1.3.0}
            spec:
              replicas: 0
              selector: {matchLabels: {app: osm-controller}}
              template:
                metadata: {labels: {app: osm-controller}}
                spec: {containers: [{name: osm-controller, image: "osm-controller:x"}]}
            ---
            apiVersion: config.openservicemesh.io/v1alpha2
            kind: MeshConfig
            metadata: {name: osm-mesh-config, namespace: \(namespace)}
            spec: {traffic: {enablePermissiveTrafficPolicyMode: \(permissive)}}
            """)
        return (namespace, namespace)
    }

    /// Makes a pod that runs nowhere; the mesh's label makes it one of the mesh.
    func makePod(_ name: String, in namespace: String, account: String = "default", isMeshed: Bool = true)
        async throws
    {
        try await apply(
            """
            {apiVersion: v1, kind: ServiceAccount, metadata: {name: \(account), namespace: \(namespace)}}
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(name)
              namespace: \(namespace)
              labels: {app: \(name)\(isMeshed ? ", osm-proxy-uuid: 6c0bd3b2-c4b7-4d51-9d5c-2d8f8f0e8f5a" : "")}
            spec:
              serviceAccountName: \(account)
              containers: [{name: app, image: app}\(isMeshed ? ", {name: envoy, image: envoy}" : "")]
            """)
    }

    /// A kubeconfig of an account in a file of its own; it may do nothing but read the pods of a namespace.
    func powerlessKubeconfig(readingPodsOf readable: String? = nil) async throws -> String {
        let namespace = try await cluster.createNamespace("powerless")
        if let readable {
            try await cluster.kubectlOutput([
                "create", "role", namespace, "-n", readable, "--verb=get", "--resource=pods",
            ])
            try await cluster.kubectlOutput([
                "create", "rolebinding", namespace, "-n", readable, "--role=\(namespace)",
                "--serviceaccount=\(namespace):default",
            ])
        }
        let token = try await cluster.kubectlOutput(["create", "token", "default", "--namespace", namespace])
        let path = FileManager.default.temporaryDirectory.appending(path: "\(namespace).kubeconfig")
        let authority = Data(cluster.authorityPEM.utf8).base64EncodedString()
        try Data(
            """
            apiVersion: v1
            kind: Config
            current-context: x
            contexts: [{name: x, context: {cluster: x, user: x}}]
            clusters: [{name: x, cluster: {server: "\(cluster.server)", certificate-authority-data: \(authority)}}]
            users: [{name: x, user: {token: \(token.trimmingCharacters(in: .whitespacesAndNewlines))}}]
            """.utf8
        ).write(to: path)
        return path.path
    }
}
