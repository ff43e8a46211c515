import ControlLoop
import Foundation
import Injector
import MeshModel
import TestCluster
import TestInstruments
import Testing

@testable import osm_controller

/// Webhooks that the operator registers, and what the API server then does.
@Suite("The webhooks on a real API server", .serialized)
struct AdmissionTests {
    static let configurations = [
        "mutatingwebhookconfiguration/osm-webhook-osm", "validatingwebhookconfiguration/osm-validator-mesh-osm",
    ]

    /// Webhooks on this host's loopback address, where the API server is.
    static func withWebhooks(
        serverCertificate validity: Duration = .seconds(86_400),
        _ body: @escaping @Sendable (RunningOperator) async throws -> Void
    ) async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.runOperator({ local(&$0, serverCertificate: validity) }) { running in
                try await registered(running)
                try await body(running)
            }
        }
    }

    static func local(_ configuration: inout Operator.Configuration, serverCertificate validity: Duration) {
        configuration.servingValidity = validity
        configuration.webhooks.reach = IPAddress("127.0.0.1").map { .address($0) } ?? .services
        configuration.webhooks.injector = SocketArgument(host: "127.0.0.1", port: 0)
        configuration.webhooks.validator = SocketArgument(host: "127.0.0.1", port: 0)
        configuration.webhooks.injection.envoyImage = "envoy"
        configuration.webhooks.injection.initImage = "init"
        configuration.webhooks.injection.healthcheckImage = "health"
    }

    /// Waits until the webhooks are registered, and the API server, which caches them, asks the injector.
    static func registered(_ running: RunningOperator) async throws {
        for configuration in configurations {
            try await running.cluster.kubectlOutput(["wait", "--for=create", configuration, "--timeout=240s"])
        }
        let namespace = try await running.injectedNamespace()
        try await running.until("the first pod is injected") {
            let outcome = try await running.cluster.kubectl(
                ["create", "--dry-run=server", "--output", "jsonpath={.spec.containers[*].name}", "-f", "-"],
                input: pod("first", in: namespace))
            return outcome.status == 0 && outcome.stdout == "envoy osm-healthcheck app"
        }
    }

    static func pod(_ name: String, in namespace: String) -> String {
        "{apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: \(namespace)}, "
            + "spec: {containers: [{name: app, image: app, ports: [{containerPort: 8080}]}]}}"
    }

    static func containers(_ running: RunningOperator, _ pod: String, _ namespace: String) async throws
        -> String
    {
        try await running.cluster.field(".spec.containers[*].name", of: "pod/\(pod)", in: namespace)
    }

    @Test(
        "pods of the mesh get a sidecar, once, also on a dry run; those of kube-system, of others, and of the controller none"
    )
    func injection() async throws {
        try await Self.withWebhooks { running in
            let cluster = running.cluster
            let namespace = try await running.injectedNamespace()
            try await cluster.apply(Self.pod("web", in: namespace))
            #expect(try await Self.containers(running, "web", namespace) == "envoy osm-healthcheck app")
            let label = try await cluster.field(#".metadata.labels.osm-proxy-uuid"#, of: "pod/web", in: namespace)
            #expect(UUID(uuidString: label) != nil)
            let dry = try await cluster.kubectlOutput(
                ["apply", "--dry-run=server", "--output", "jsonpath={.spec.containers[*].name}", "-f", "-"],
                input: Self.pod("dry", in: namespace))
            #expect(dry == "envoy osm-healthcheck app")
            // What was injected is admitted as it is: an export that is applied elsewhere.
            let exported = try await cluster.kubectlOutput(
                ["get", "pod", "web", "--namespace", namespace, "--output", "json"])
            let copy = try Self.copy(of: exported, named: "copy")
            try await cluster.kubectlOutput(["create", "-f", "-"], input: copy)
            #expect(try await Self.containers(running, "copy", namespace) == "envoy osm-healthcheck app")
            let outside = try await cluster.createNamespace("outside")
            for place in ["kube-system", "osm-system", outside] {
                try await cluster.apply(Self.pod("plain", in: place))
                #expect(try await Self.containers(running, "plain", place) == "app")
            }
            // Its own namespace and those of Kubernetes stay out even where somebody puts them into the mesh.
            for place in ["kube-system", "osm-system"] {
                try await running.join(place)
                try await cluster.apply(Self.pod("still-plain", in: place))
                #expect(try await Self.containers(running, "still-plain", place) == "app")
            }
        }
    }

    @Test("a namespace can be used the moment it is labelled")
    func fresh() async throws {
        try await Self.withWebhooks { running in
            for round in 0..<10 {
                let name = "fresh-\(round)"
                try await running.cluster.apply(
                    """
                    {apiVersion: v1, kind: Namespace, metadata: {name: \(name), labels: {openservicemesh.io/monitored-by: osm}, annotations: {openservicemesh.io/sidecar-injection: enabled}}}
                    ---
                    {apiVersion: v1, kind: ServiceAccount, metadata: {name: web, namespace: \(name)}}
                    ---
                    {apiVersion: v1, kind: Pod, metadata: {name: web, namespace: \(name)}, spec: {serviceAccountName: web, containers: [{name: app, image: app}]}}
                    """)
                #expect(try await Self.containers(running, "web", name) == "envoy osm-healthcheck app")
            }
        }
    }

    @Test("what the webhooks are registered as is set right within seconds, and removed with the installation")
    func ownership() async throws {
        try await Self.withWebhooks { running in
            let cluster = running.cluster
            let namespace = try await running.injectedNamespace()
            _ = try await running.rootsPEM(in: namespace)
            let role = try await cluster.field(".metadata.uid", of: "clusterrole/osm-controller", in: "default")
            for object in Self.configurations + ["configmap/osm-ca-bundle"] {
                let owner = try await cluster.field(".metadata.ownerReferences[*].uid", of: object, in: namespace)
                #expect(owner == role, "\(object)")
            }
            let change =
                #"[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"},"#
                + #"{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":"bm9uZQ=="},"#
                + #"{"op":"remove","path":"/webhooks/0/namespaceSelector/matchLabels"}]"#
            for object in Self.configurations {
                let whole = try await cluster.field(".webhooks", of: object, in: "default")
                try await cluster.kubectlOutput(["patch", object, "--type", "json", "--patch", change])
                try await running.until("\(object) is set right after an edit") {
                    try await cluster.field(".webhooks", of: object, in: "default") == whole
                }
                for addition in Self.additions {
                    try await cluster.kubectlOutput(["patch", object, "--type", "json", "--patch", addition])
                    try await running.until("\(object) has what is its own alone after \(addition)") {
                        try await cluster.field(".webhooks", of: object, in: "default") == whole
                    }
                }
                // A webhook of somebody else's beside ours is left alone.
                try await cluster.kubectlOutput(["patch", object, "--type", "json", "--patch", Self.foreign])
                let both = try await cluster.field(".webhooks", of: object, in: "default")
                try await Task.sleep(for: .seconds(4))
                #expect(try await cluster.field(".webhooks", of: object, in: "default") == both)
                let before = try await cluster.field(".metadata.uid", of: object, in: "default")
                try await cluster.kubectlOutput(["delete", object])
                try await cluster.kubectlOutput(["wait", "--for=create", object, "--timeout=240s"])
                #expect(try await cluster.field(".metadata.uid", of: object, in: "default") != before)
                #expect(try await cluster.field(".webhooks", of: object, in: "default") == whole)
            }
            // No write where nothing differs.
            let versions = try await Self.versions(running, namespace)
            try await Task.sleep(for: .seconds(8))
            #expect(try await Self.versions(running, namespace) == versions)
            #expect(running.log.lines("").filter { $0.message.contains("webhook configurations cannot") }.isEmpty)
            #expect(
                running.log.lines("").filter { $0.message.contains("certificates of the control plane cannot") }.isEmpty
            )
            // The installation goes, and with it what the controller made.
            try await cluster.kubectlOutput(["delete", "clusterrole", "osm-controller"])
            for object in Self.configurations + ["configmap/osm-ca-bundle"] {
                try await cluster.kubectlOutput(
                    ["wait", "--for=delete", object, "--namespace", namespace, "--timeout=240s"])
            }
        }
    }

    /// Edits that add to a webhook what narrows it.
    private static let additions = [
        #"[{"op":"add","path":"/webhooks/0/namespaceSelector/matchLabels/x","value":"y"}]"#,
        #"[{"op":"add","path":"/webhooks/0/objectSelector","value":{"matchLabels":{"x":"y"}}}]"#,
        #"[{"op":"add","path":"/webhooks/0/rules/0/resources/-","value":"services"}]"#,
    ]
    private static let foreign = """
        [{"op":"add","path":"/webhooks/0","value":{"name":"other.example.com","admissionReviewVersions":["v1"],
        "clientConfig":{"url":"https://127.0.0.1:1/x"},"failurePolicy":"Ignore","sideEffects":"None",
        "objectSelector":{"matchLabels":{"nobody":"has"}}}}]
        """

    private static func versions(_ running: RunningOperator, _ namespace: String) async throws -> [String] {
        var versions: [String] = []
        for object in configurations + ["configmap/osm-ca-bundle"] {
            versions.append(try await running.cluster.field(".metadata.resourceVersion", of: object, in: namespace))
        }
        return versions
    }

    @Test("the ConfigMap of a namespace is set right within seconds, and goes with the label once no pod mounts it")
    func bundle() async throws {
        try await Self.withWebhooks { running in
            let cluster = running.cluster
            let (used, unused) = (try await running.injectedNamespace(), try await running.injectedNamespace())
            let roots = try await running.rootsPEM(in: used)
            #expect(try await running.rootsPEM(in: unused) == roots)
            let bundle = ["configmap/osm-ca-bundle", "--namespace", used]
            try await cluster.kubectlOutput(
                ["patch"] + bundle + ["--type", "merge", "--patch", #"{"data":{"ca.crt":"none"}}"#])
            try await running.until("the ConfigMap is set right after an edit") {
                try await running.rootsPEM(in: used) == roots
            }
            try await cluster.kubectlOutput(["delete"] + bundle)
            #expect(try await running.rootsPEM(in: used) == roots)
            try await cluster.kubectlOutput(
                ["patch"] + bundle + ["--type", "merge", "--patch", #"{"data":{"ca.crt":"none"},"immutable":true}"#])
            try await running.until("the ConfigMap is set right though it was made immutable") {
                let text = try await cluster.kubectl(["get"] + bundle + ["--output", #"jsonpath={.data.ca\.crt}"#])
                return text.status == 0 && text.stdout == roots
            }
            // Somebody else's of the same name is left alone.
            let other = try await cluster.createNamespace("other")
            try await cluster.kubectlOutput([
                "create", "configmap", "osm-ca-bundle", "--namespace", other, "--from-literal=a=b",
            ])
            try await cluster.apply(Self.pod("web", in: used))
            try await running.until("the pod is known") {
                running.controller.directory.namespacesWithProxies.contains(used)
            }
            for namespace in [used, unused] {
                try await cluster.kubectlOutput(["label", "namespace", namespace, "openservicemesh.io/monitored-by-"])
            }
            let gone = ["wait", "--for=delete", "configmap/osm-ca-bundle", "--timeout=240s", "--namespace"]
            try await cluster.kubectlOutput(gone + [unused])
            #expect(try await running.rootsPEM(in: used) == roots)
            try await cluster.kubectlOutput(["delete", "pod/web", "--namespace", used, "--force", "--grace-period=0"])
            try await cluster.kubectlOutput(gone + [used])
            #expect(try await cluster.field(".data.a", of: "configmap/osm-ca-bundle", in: other) == "b")
        }
    }
}

extension AdmissionTests {
    @Test("an object without effect is refused with its field, one of the original never; nothing differs afterwards")
    func policies() async throws {
        try await Self.withWebhooks { running in
            let cluster = running.cluster
            let namespace = try await running.injectedNamespace()
            // Caches of the API server take a moment to know a webhook.
            let bad = """
                {apiVersion: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, metadata: {name: bad, namespace: \(namespace)}, spec: {host: web.elsewhere.svc.cluster.local}}
                """
            try await running.until("a bad object is refused") {
                try await cluster.kubectl(["apply", "--dry-run=server", "-f", "-"], input: bad).status != 0
            }
            let refusal = try await cluster.kubectl(["apply", "-f", "-"], input: bad)
            #expect(refusal.status != 0)
            #expect(refusal.stderr.contains("UpstreamTrafficSetting"))
            #expect(refusal.stderr.contains("spec.host: `web.elsewhere.svc.cluster.local` is not a Service"))
            let lenient = """
                {apiVersion: access.smi-spec.io/v1alpha3, kind: TrafficTarget, metadata: {name: lenient, namespace: \(namespace)}, spec: {destination: {kind: ServiceAccount, name: a, namespace: \(namespace)}, sources: [{kind: Group, name: b, namespace: c}], rules: [{kind: TCPRoute, name: x}]}}
                """
            let warned = try await cluster.kubectl(["apply", "-f", "-"], input: lenient)
            #expect(warned.status == 0)
            #expect(warned.stderr.contains("spec.sources[0].kind"))
            // The mesh's own settings are never refused, and their author is told.
            try await cluster.kubectlOutput(
                ["label", "namespace", "osm-system", "app.kubernetes.io/name=openservicemesh.io"])
            var version = 0
            try await running.until("a mistake in the MeshConfig is warned of") {
                version += 1
                let patch =
                    #"{"spec":{"sidecar":{"tlsMinProtocolVersion":"TLSv1_3","tlsMaxProtocolVersion":"TLSv1_2","#
                    + #""maxDataPlaneConnections":\#(version)}}}"#
                let config = try await cluster.kubectl([
                    "patch", "meshconfig", "osm-mesh-config", "--namespace", "osm-system", "--type", "merge", "--patch",
                    patch,
                ])
                #expect(config.status == 0)
                return config.stderr.contains("spec.sidecar.tlsMinProtocolVersion")
            }

            try await Self.replaceRoot(cluster)

            // Some name the namespace that they are for.
            let places = [
                "traffic-target-http.yaml": "bookstore", "traffic-split-v1alpha2.yaml": "bookstore",
                "upstream-traffic-setting.yaml": "demo",
            ]
            for name in Set(places.values) {
                try await cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: \(name)}}")
                try await running.join(name)
            }
            for file in try FileManager.default.contentsOfDirectory(at: Self.originals, includingPropertiesForKeys: nil)
            where file.pathExtension == "yaml" {
                let here = ["--namespace", places[file.lastPathComponent] ?? namespace, "-f", file.path]
                let applied = try await cluster.kubectl(["apply"] + here)
                #expect(applied.status == 0, "\(file.lastPathComponent): \(applied.stderr)")
                let difference = try await cluster.kubectl(["diff"] + here)
                #expect(difference.status == 0 && difference.stdout.isEmpty, "\(difference)")
            }
            // What is stored can be deleted with the webhooks on.
            try await cluster.kubectlOutput(["delete", "traffictarget", "lenient", "--namespace", namespace])
        }
    }

    /// A second active MeshRootCertificate is taken, an edit of the first is not, and either can go.
    private static func replaceRoot(_ cluster: TestCluster) async throws {
        func root(_ name: String, _ secret: String) -> String {
            """
            {apiVersion: config.openservicemesh.io/v1alpha2, kind: MeshRootCertificate, metadata: {name: \(name), namespace: osm-system}, spec: {role: active, provider: {tresor: {ca: {secretRef: {name: \(secret), namespace: osm-system}}}}}}
            """
        }
        try await cluster.apply(root("first", "ca-1"))
        try await cluster.apply(root("second", "ca-2"))
        let edit = try await cluster.kubectl(["apply", "-f", "-"], input: root("first", "ca-3"))
        #expect(edit.status != 0)
        #expect(edit.stderr.contains("spec.provider: cannot be changed: make a second MeshRootCertificate"))
        try await cluster.kubectlOutput([
            "delete", "meshrootcertificate", "first", "second", "--namespace", "osm-system",
        ])
    }

    private static let originals = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "OriginalManifests")

    private static func copy(of pod: String, named name: String) throws -> String {
        guard var object = try JSONSerialization.jsonObject(with: Data(pod.utf8)) as? [String: Any],
            var metadata = object["metadata"] as? [String: Any]
        else { return "" }
        for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink"] {
            metadata[field] = nil
        }
        metadata["name"] = name
        object["metadata"] = metadata
        object["status"] = nil
        return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
    }
}

extension RunningOperator {
    /// A namespace of the mesh whose pods get sidecars.
    func injectedNamespace() async throws -> String {
        let name = try await cluster.createNamespace("shop")
        try await join(name)
        return name
    }

    /// Makes a namespace part of the mesh.
    func join(_ name: String) async throws {
        try await cluster.kubectlOutput(
            ["annotate", "namespace", name, "openservicemesh.io/sidecar-injection=enabled"])
        try await cluster.kubectlOutput(["label", "namespace", name, "openservicemesh.io/monitored-by=osm"])
        try await until("namespace \(name) is known to be part of the mesh") {
            await controller.directory.meshNamespace(name, waitingAtMost: .zero)?.metadata.annotations.isEmpty == false
        }
    }
}
