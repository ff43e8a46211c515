import Foundation
import TestCluster
import Testing

@Suite("osm install, mesh upgrade and uninstall mesh", .timeLimit(.minutes(10)))
struct InstallTests {
    /// A cluster that keeps every status as it is set.
    private static let still = TestCluster.Options(hasControllerManager: false)

    private static let next = """
        Next: osm namespace add NAMESPACE, then make its pods anew;
              osm verify control-plane-health says whether the mesh is well.

        """

    /// What is said where nothing was waited for.
    private static func open(_ namespace: String, _ place: String) -> String {
        """
        It is not known yet whether the controller runs, has registered its webhooks and has put the settings in effect. See:
          kubectl rollout status deployment/osm-controller -n \(namespace)
          osm status\(place)
        """
    }

    /// Lets the mesh become ready while a command waits for it.
    private static func ready(
        _ stage: InstallStage, mesh: String = "osm", namespace: String = "osm-system",
        _ command: @Sendable () async -> Transcript
    ) async -> Transcript {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // The settings are the last that is looked for, and their generation grows with an upgrade.
                while !Task.isCancelled {
                    try? await stage.becomeReady(mesh: mesh, namespace: namespace)
                    try? await Task.sleep(for: .milliseconds(300))
                }
            }
            let transcript = await command()
            group.cancelAll()
            return transcript
        }
    }

    @Test("An empty cluster gets a mesh; again nothing changes; an upgrade keeps what was given and what was edited")
    func installing() async throws {
        try await TestCluster.withOwn(Self.still) { cluster in
            let stage = InstallStage(cluster: cluster)
            let first = await Self.ready(stage) {
                await stage.osm(
                    "install", "--set=osm.enableEgress=false,osm.osmController.replicaCount=3", "--set",
                    "osm.deployJaeger=true,osm.osmController.podLabels.tier=control")
            }
            #expect(first.status == 0, "\(first.error)")
            let success = "OSM installed successfully in namespace [osm-system] with mesh name [osm]\n"
            #expect(first.out == success + Self.next)
            #expect(first.error.contains("waiting: osm-controller: 0 of 3 replicas are available\n"))
            #expect(try await stage.field(".spec.replicas", of: "deployment/osm-controller") == "3")
            #expect(try await stage.field(".spec.traffic.enableEgress", of: "meshconfig/osm-mesh-config") == "false")

            // What somebody edits in the MeshConfig is theirs.
            try await cluster.kubectlOutput([
                "patch", "meshconfig", "osm-mesh-config", "-n", "osm-system", "--type=merge", "-p",
                #"{"spec": {"traffic": {"enablePermissiveTrafficPolicyMode": false, "enableEgress": true}}}"#,
            ])
            let versions = try await Self.versions(stage)
            let second = await Self.ready(stage) { await stage.osm("install") }
            #expect(second.out == success + Self.next && second.status == 0, "\(second.error)")
            #expect(try await Self.versions(stage) == versions)

            let upgrade = await Self.ready(stage) {
                await stage.osm("mesh", "upgrade", "--set", "osm.deployJaeger=false,osm.envoyLogLevel=debug")
            }
            #expect(
                upgrade.out == "OSM successfully upgraded mesh [osm] in namespace [osm-system]\n", "\(upgrade.error)")
            #expect(try await stage.field(".spec.replicas", of: "deployment/osm-controller") == "3")
            let label = try await stage.field(".spec.template.metadata.labels.tier", of: "deployment/osm-controller")
            #expect(label == "control")
            #expect(try await stage.field(".spec.sidecar.logLevel", of: "meshconfig/osm-mesh-config") == "debug")
            let traffic = try await stage.field(".spec.traffic", of: "meshconfig/osm-mesh-config")
            #expect(traffic.contains(#""enablePermissiveTrafficPolicyMode":false"#), "\(traffic)")
            #expect(traffic.contains(#""enableEgress":true"#), "\(traffic)")
            #expect(try await cluster.kubectl(["get", "deployment", "jaeger", "-n", "osm-system"]).status != 0)

            // null takes back what was given earlier, of the MeshConfig too.
            let takenBack = await Self.ready(stage) {
                await stage.osm(
                    "mesh", "upgrade", "--set", "osm.osmController.podLabels.tier=null,osm.envoyLogLevel=null")
            }
            #expect(takenBack.status == 0, "\(takenBack.error)")
            #expect(try await stage.field(".spec.sidecar.logLevel", of: "meshconfig/osm-mesh-config") == "error")
            let labels = try await stage.field(".spec.template.metadata.labels", of: "deployment/osm-controller")
            #expect(labels.contains("osm-controller") && !labels.contains("tier"), "\(labels)")
            #expect(try await stage.field(".spec.replicas", of: "deployment/osm-controller") == "3")

            let reset = await Self.ready(stage) { await stage.osm("mesh", "upgrade", "--reset-values") }
            #expect(reset.status == 0, "\(reset.error)")
            #expect(try await stage.field(".spec.replicas", of: "deployment/osm-controller") == "2")
        }
    }

    /// The versions of what an installation consists of, but for the status, which the test itself sets.
    private static func versions(_ stage: InstallStage) async throws -> [String] {
        let kinds = "deployments,services,configmaps,serviceaccounts,roles,rolebindings,meshconfigs,clusterroles,crds"
        let lines = try await stage.cluster.kubectlOutput([
            "get", kinds, "-n", "osm-system", "-l", "app.kubernetes.io/name=openservicemesh.io", "-o",
            #"jsonpath={range .items[*]}{.kind}{" "}{.metadata.name}{" "}{.metadata.generation}{" "}{.data}{"\n"}{end}"#,
        ])
        return lines.split(separator: "\n").map(String.init).sorted()
    }

    @Test("A mesh is removed with all that it has made, after a question, and nothing is left behind")
    func uninstalling() async throws {
        try await TestCluster.withOwn { cluster in
            let stage = InstallStage(cluster: cluster)
            let before = try await stage.objects()
            let installed = await stage.osm(
                "install", "--no-wait", "--mesh-name", "shop", "--osm-namespace", "mesh-system", "--set",
                "osm.deployPrometheus=true,osm.deployGrafana=true,osm.deployJaeger=true")
            #expect(installed.status == 0, "\(installed.error)")
            #expect(
                installed.out == """
                    OSM applied in namespace [mesh-system] with mesh name [shop], and not waited for
                    \(Self.open("mesh-system", " --osm-namespace mesh-system"))
                    Then: osm namespace add NAMESPACE --mesh-name shop, and make its pods anew.

                    """)
            try await cluster.kubectlOutput(["apply", "-f", "-"], input: Self.traces)

            let refused = await stage.osm("uninstall", "mesh", answers: ["perhaps", "n"])
            #expect(refused.status == 0)
            #expect(refused.out.contains("MESH NAME   MESH NAMESPACE\nshop        mesh-system\n"))
            let question = "Uninstall OSM [mesh name: shop] in namespace [mesh-system] and/or OSM resources? [y/n]: "
            #expect(refused.out.components(separatedBy: question).count == 3)
            #expect(
                try await cluster.kubectl(["get", "deployment", "osm-controller", "-n", "mesh-system"]).status == 0)

            let removed = await stage.osm("uninstall", "mesh", answers: ["y"])
            #expect(removed.status == 0, "\(removed.error)")
            #expect(
                removed.out.contains("\(question)OSM [mesh name: shop] in namespace [mesh-system] uninstalled\n"),
                "\(removed.out)")
            #expect(removed.out.contains("Pods in [shop] keep their sidecars until they are made anew\n"))
            for namespace in ["shop", "mesh-system"] {
                let labels = try await stage.field(".metadata.labels", of: "namespace/\(namespace)")
                #expect(!labels.contains("openservicemesh") && !labels.contains("pod-security"), "\(labels)")
            }
            let annotation = #".metadata.annotations.openservicemesh\.io/sidecar-injection"#
            #expect(try await stage.field(annotation, of: "namespace/shop") == "")
            try await cluster.kubectlOutput(["delete", "namespace", "shop", "--wait=true"])
            // What hangs on others Kubernetes removes at its own pace.
            var rests: Set<String> = []
            for _ in 0..<30 {
                // The kinds stay, and what Kubernetes keeps in every namespace.
                rests = try await stage.objects().subtracting(before).filter {
                    !$0.hasPrefix("customresourcedefinitions.") && !$0.contains("/default")
                        && !$0.contains("/kube-root-ca.crt")
                }
                if rests.count == 1 { break }
                try await Task.sleep(for: .seconds(1))
            }
            #expect(rests == ["namespaces <none>/mesh-system"], "left behind")

            let names = ["httproutegroups.specs.smi-spec.io", "meshconfigs.config.openservicemesh.io"]
            try await stage.withStuck(kinds: names) {
                let stuck = await stage.osm(
                    "uninstall", "mesh", "-fa", "--delete-namespace", "--osm-namespace", "none-such")
                #expect(stuck.status == 1)
                for name in names {
                    #expect(stuck.error.contains("Failed to delete OSM CRD: \(name): "), "\(stuck.error)")
                }
                let all = names.map { "CRD \($0)" }.joined(separator: ", ")
                let end = "Error: uninstalling: failed to delete the following: \(all)\n"
                #expect(stuck.error.contains(end), "\(stuck.error)")
                // All others are gone, and what else was to go.
                #expect(stuck.out.components(separatedBy: "\nSuccessfully deleted OSM CRD: ").count > 5, "\(stuck.out)")
                #expect(stuck.out.hasSuffix("OSM namespace [none-such] not found\n"), "\(stuck.out)")
                try await cluster.kubectlOutput(["wait", "--for=delete", "crd/retries.policy.openservicemesh.io"])
                for name in names { try await cluster.kubectlOutput(["get", "crd", name]) }
            }

            let cleared = await stage.osm(
                "uninstall", "mesh", "--force", "--delete-namespace", "--delete-cluster-wide-resources",
                "--osm-namespace", "mesh-system")
            #expect(cleared.status == 0, "\(cleared.error)")
            #expect(cleared.out.hasPrefix("No OSM control planes found\n"), "\(cleared.out)")
            #expect(cleared.out.contains("Successfully deleted OSM CRD: meshconfigs.config.openservicemesh.io\n"))
            #expect(cleared.out.contains("OSM namespace [mesh-system] deleted successfully\n"))
            try await cluster.kubectlOutput(["wait", "--for=delete", "namespace/mesh-system", "--timeout=120s"])
            try await cluster.kubectlOutput(["wait", "--for=delete", "crd/meshconfigs.config.openservicemesh.io"])
            let left = try await stage.objects().subtracting(before)
            #expect(left == [], "left behind")

            let none = await stage.osm("uninstall", "mesh", "--force")
            #expect(none.status == 0 && none.out == "No OSM control planes found\n")
        }
    }

    /// What a controller has made, and a namespace of the mesh.
    private static let traces = """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: shop
          labels: {openservicemesh.io/monitored-by: shop}
          annotations: {openservicemesh.io/sidecar-injection: enabled}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: MutatingWebhookConfiguration
        metadata: {name: osm-webhook-shop}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: {name: osm-validator-mesh-shop}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: osm-ca-bundle
          namespace: shop
          labels: {app.kubernetes.io/name: openservicemesh.io, app.kubernetes.io/instance: shop}
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          name: gateway-certificate
          namespace: shop
          labels:
            app.kubernetes.io/name: openservicemesh.io
            app.kubernetes.io/instance: shop
            app.kubernetes.io/component: ingress-gateway-certificate
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          name: osm-ca-bundle-0123456789abcdef
          namespace: mesh-system
          labels: {app.kubernetes.io/name: openservicemesh.io}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: osm-calls-3, namespace: mesh-system, labels: {openservicemesh.io/calls-of: shop}}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: osm-replica-x, namespace: mesh-system, labels: {openservicemesh.io/replica-of: shop}}
        ---
        apiVersion: coordination.k8s.io/v1
        kind: Lease
        metadata: {name: osm-controller, namespace: mesh-system}
        """

    @Test("A removal that was interrupted is found again by its record, and ended")
    func interruption() async throws {
        try await TestCluster.withOwn(Self.still) { cluster in
            let stage = InstallStage(cluster: cluster)
            #expect(await stage.osm("install", "--no-wait").status == 0)
            try await cluster.kubectlOutput(["delete", "deployment", "osm-controller", "-n", "osm-system"])
            let elsewhere = await stage.osm("uninstall", "mesh", "--force", "--osm-namespace", "default")
            #expect(elsewhere.out == "No OSM control planes found\n" && elsewhere.status == 0)
            let ended = await stage.osm("uninstall", "mesh", "--force")
            #expect(ended.status == 0, "\(ended.error)")
            #expect(ended.out == "OSM [mesh name: osm] in namespace [osm-system] uninstalled\n")
            let left = try await cluster.kubectlOutput([
                "get", "configmaps,services,roles,clusterroles,meshconfigs", "-A", "-o", "name", "-l",
                "app.kubernetes.io/name=openservicemesh.io",
            ])
            #expect(left == "")
        }
    }

    @Test("A mesh that does not get ready in time fails the command, and is undone if that was asked for")
    func failing() async throws {
        try await TestCluster.withOwn(Self.still) { cluster in
            let stage = InstallStage(cluster: cluster)
            let before = try await stage.objects()
            let undone = await stage.osm("install", "--atomic", "--timeout", "10s")
            #expect(undone.status == 1)
            #expect(undone.out == "")
            #expect(undone.error.contains("Error: waiting for mesh [osm] in namespace [osm-system]: timed out"))
            // There is nobody who ends namespaces: it stays as ending.
            let left = try await stage.objects().subtracting(before).subtracting(["namespaces <none>/osm-system"])
            #expect(left == [], "left behind")
        }
        try await TestCluster.withOwn(Self.still) { cluster in
            let stage = InstallStage(cluster: cluster)
            let failed = await stage.osm("install", "--timeout", "10s")
            #expect(failed.status == 1)
            #expect(failed.error.contains("there are no pods of osm-controller"), "\(failed.error)")
            #expect(failed.error.contains("--timeout"))
            #expect(try await stage.field(".spec.replicas", of: "deployment/osm-controller") == "2")

            // What others set is not taken from them silently.
            try await cluster.kubectlOutput([
                "patch", "deployment", "osm-controller", "-n", "osm-system", "--type=merge", "-p",
                #"{"spec": {"replicas": 5}}"#,
            ])
            let conflict = await stage.osm("install", "--no-wait")
            #expect(conflict.status == 1)
            #expect(conflict.error.contains("\n  .spec.replicas is 5 by kubectl-patch, not 2\n"), "\(conflict.error)")
            #expect(conflict.error.contains("--force-conflicts"))
            #expect(await stage.osm("install", "--no-wait", "--force-conflicts").status == 0)
            #expect(try await stage.field(".spec.replicas", of: "deployment/osm-controller") == "2")

            // Another mesh beside it.
            let other = await stage.osm("install", "--mesh-name", "other", "--osm-namespace", "other", "--no-wait")
            #expect(other.status == 1)
            #expect(other.error.contains("mesh [osm] in namespace [osm-system] enforces a single mesh"))
            let renamed = await stage.osm("install", "--mesh-name", "other", "--no-wait")
            #expect(
                renamed.status == 1 && renamed.error.contains("mesh [osm] is in that namespace"), "\(renamed.error)")
            let lone = await stage.osm("mesh", "upgrade", "--mesh-name", "other")
            #expect(lone.status == 1 && lone.error.contains("there is no mesh [other] in it"), "\(lone.error)")
            let shared = await stage.osm("mesh", "upgrade", "--no-wait", "--set", "osm.enforceSingleMesh=false")
            #expect(shared.status == 0, "\(shared.error)")
            let applied = "OSM upgrade applied to mesh [osm] in namespace [osm-system], and not waited for\n"
            #expect(shared.out == applied + Self.open("osm-system", "") + "\n")
            let second = await stage.osm(
                "install", "--mesh-name", "other", "--osm-namespace", "other", "--no-wait",
                "--enforce-single-mesh=false")
            #expect(second.status == 0, "\(second.error)")
            #expect(try await stage.field(".metadata.name", of: "clusterrole/osm-controller-other").count > 0)
            let unclear = await stage.osm("uninstall", "mesh", "--force")
            #expect(unclear.status == 1 && unclear.error.contains("Name one with --mesh-name"))
        }
    }

    @Test("The manifests are printed without a cluster, and are what kubectl applies")
    func dryRun() async throws {
        let dry = await Transcript.of([
            "install", "--dry-run", "--set", "osm.deployPrometheus=true", "--kubeconfig", "/nowhere",
        ])
        #expect(dry.status == 0 && dry.error == "")
        let cluster = try await TestCluster.shared()
        let client = ["apply", "--dry-run=client", "--validate=false", "-o", "name", "-f", "-"]
        // Of a kind that the cluster does not know kubectl cannot tell where its objects are.
        let known = dry.out.components(separatedBy: "---\n").filter { !$0.contains("v1alpha2\nkind: MeshConfig\n") }
        let names = try await cluster.kubectlOutput(client, input: known.joined(separator: "---\n"))
        #expect(names.split(separator: "\n").count == 29, "\(names)")
    }

    @Test(
        "Wrong words end with 2 and say what is wrong",
        arguments: [
            (["--set", "osm.enableEgres=true"], "there is no value osm.enableEgres"),
            (["--set", "osm.enableFluentbit=true"], "osm.enableFluentbit cannot be set: the controller writes JSON"),
            (["--set", "nothing"], "`nothing` has no value"), (["--timeout", "soon"], "--timeout"),
            (["--preset", "huge"], "--preset"), (["--osm-chart-path", "x"], "there is no chart"),
        ])
    func usage(words: [String], reason: String) async {
        let transcript = await Transcript.of(["install", "--dry-run"] + words)
        #expect(transcript.status == 2 && transcript.out == "")
        #expect(transcript.error.contains(reason), "\(transcript.error)")
    }

    @Test("A cluster that is not there, and one that does not let us, are told apart")
    func refusals() async throws {
        let stage = InstallStage(cluster: try await TestCluster.shared())
        let missing = await Transcript.of(["install", "--kubeconfig", "/nowhere/config"])
        #expect(missing.status == 1 && missing.error.contains("/nowhere/config"), "\(missing.error)")
        let dead = try stage.anonymous(server: "https://127.0.0.1:1")
        let unreachable = await Transcript.of(["install", "--kubeconfig", dead.path])
        #expect(unreachable.status == 1 && unreachable.error.contains("--kubeconfig"), "\(unreachable.error)")
        let nobody = try stage.anonymous()
        for words in [["install"], ["mesh", "upgrade"], ["uninstall", "mesh"]] {
            let forbidden = await Transcript.of(words + ["--kubeconfig", nobody.path])
            #expect(forbidden.status == 1, "\(words)")
            #expect(
                forbidden.error.contains("forbidden") && forbidden.error.contains("permission"), "\(forbidden.error)")
        }
        for file in [dead, nobody] { try FileManager.default.removeItem(at: file) }
    }
}
