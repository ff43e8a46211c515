import Foundation
import TestCluster
import Testing

/// A cluster in which a test installs meshes, and whom it plays.
struct InstallStage: Sendable {
    let cluster: TestCluster

    /// Runs a command line on the cluster.
    func osm(_ arguments: String..., answers: [String] = []) async -> Transcript {
        await Transcript.of(arguments + ["--kubeconfig", cluster.kubeconfigPath], answers: answers)
    }

    /// The value of a field of an object, as JSONPath finds it.
    func field(_ path: String, of object: String, in namespace: String = "osm-system") async throws -> String {
        try await cluster.kubectlOutput(["get", object, "-n", namespace, "-o", "jsonpath={\(path)}"])
    }

    /// All objects that can be listed, as `resource namespace/name`, but for what Kubernetes keeps for itself.
    func objects() async throws -> Set<String> {
        var listed = try await cluster.kubectl(["api-resources", "--verbs=list", "--output=name"])
        // Kinds that are just being removed are listed, and not there.
        for _ in 0..<60 where listed.status != 0 {
            try await Task.sleep(for: .seconds(1))
            listed = try await cluster.kubectl(["api-resources", "--verbs=list", "--output=name"])
        }
        try #require(listed.status == 0, "\(listed.stderr)")
        let resources = listed.stdout.split(separator: "\n").map(String.init)
            .filter { !["events", "events.events.k8s.io"].contains($0) }
        var found: Set<String> = []
        for resource in resources {
            let columns = "custom-columns=NS:.metadata.namespace,NAME:.metadata.name"
            let got = try await cluster.kubectl(["get", resource, "-A", "--no-headers", "-o", columns])
            let isGone = got.stderr.contains("the server could not find") || got.stderr.contains("have a resource type")
            try #require(got.status == 0 || isGone, "\(resource): \(got.stderr)")
            for line in got.stdout.split(separator: "\n") {
                found.insert("\(resource) \(line.split(separator: " ").joined(separator: "/"))")
            }
        }
        // Kubernetes learns of kinds that come and go at its own pace.
        return found.filter { !$0.hasPrefix("apiservices.") }
    }

    /// Plays what a mesh that gets ready shows: its Deployment's status, its webhooks, its settings' condition.
    ///
    /// There must be no controllers in the cluster that would say otherwise.
    func becomeReady(mesh: String = "osm", namespace: String = "osm-system") async throws {
        for kind in ["mutating", "validating"] {
            let name = kind == "mutating" ? "osm-webhook-\(mesh)" : "osm-validator-mesh-\(mesh)"
            let manifest = """
                apiVersion: admissionregistration.k8s.io/v1
                kind: \(kind.capitalized)WebhookConfiguration
                metadata: {name: \(name)}
                """
            try await cluster.kubectlOutput(["apply", "-f", "-"], input: manifest)
        }
        let replicas = try await field(".spec.replicas", of: "deployment/osm-controller", in: namespace)
        let generation = try await field(".metadata.generation", of: "deployment/osm-controller", in: namespace)
        try await patchStatus(
            "deployment/osm-controller", namespace,
            """
            {"observedGeneration": \(generation), "replicas": \(replicas), "updatedReplicas": \(replicas), \
            "availableReplicas": \(replicas), "readyReplicas": \(replicas)}
            """)
        let settings = try await field(".metadata.generation", of: "meshconfig/osm-mesh-config", in: namespace)
        try await patchStatus(
            "meshconfig/osm-mesh-config", namespace,
            """
            {"conditions": [{"type": "Ready", "status": "True", "reason": "Ready", "message": "In effect", \
            "observedGeneration": \(settings), "lastTransitionTime": "2026-01-01T00:00:00Z"}]}
            """)
    }

    private func patchStatus(_ object: String, _ namespace: String, _ status: String) async throws {
        try await cluster.kubectlOutput([
            "patch", object, "-n", namespace, "--subresource=status", "--type=merge", "-p", "{\"status\": \(status)}",
        ])
    }

    /// Does something while some kinds cannot be deleted: who is to be asked about that does not answer.
    func withStuck(kinds: [String], _ body: () async throws -> Void) async throws {
        let kinds = kinds.map { "crd/\($0)" }
        try await cluster.kubectlOutput(["label"] + kinds + ["stuck=yes"])
        let rule = "{apiGroups: [apiextensions.k8s.io], apiVersions: [v1], resources: [customresourcedefinitions]"
        let manifest = """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: {name: stuck}
            webhooks:
            - name: stuck.example.com
              clientConfig: {url: "https://127.0.0.1:1/"}
              rules:
              - \(rule), operations: [DELETE]}
              objectSelector: {matchLabels: {stuck: "yes"}}
              failurePolicy: Fail
              sideEffects: None
              admissionReviewVersions: [v1]
            """
        try await cluster.kubectlOutput(["apply", "-f", "-"], input: manifest)
        try await wait(until: { $0 != 0 }, deleting: kinds)
        try await body()
        try await cluster.kubectlOutput(["delete", "validatingwebhookconfiguration", "stuck"])
        try await wait(until: { $0 == 0 }, deleting: kinds)
    }

    /// Waits until the server has learnt of a webhook, at its own pace.
    private func wait(until condition: (Int32) -> Bool, deleting objects: [String]) async throws {
        for _ in 0..<60 {
            if condition(try await cluster.kubectl(["delete", "--dry-run=server"] + objects).status) { return }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// A kubeconfig of the cluster, or of another server, without any credential.
    func anonymous(server: String? = nil) throws -> URL {
        let file = FileManager.default.temporaryDirectory.appending(path: "osm-anonymous-\(UUID().uuidString)")
        let authority = Data(cluster.authorityPEM.utf8).base64EncodedString()
        let text = """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "\(server ?? cluster.server)", certificate-authority-data: \(authority)}}]
            users: [{name: nobody, user: {}}]
            contexts: [{name: c, context: {cluster: c, user: nobody}}]
            current-context: c
            """
        try Data(text.utf8).write(to: file)
        return file
    }
}
