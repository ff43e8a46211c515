import Foundation
import TestCluster
import Testing

extension OnRealServer {
    /// Each test has a cluster of its own: what it installs is not in a namespace.
    @Suite("config/ on a fresh cluster")
    struct InstallationTests {
        /// Applies a kustomization of `config`, which must print nothing but these words at the ends of lines.
        private static func apply(
            _ cluster: TestCluster, _ directory: String, _ options: [String] = [], ending words: Set<String>
        ) async throws -> Int {
            let arguments = ["apply", "--kustomize", Checkout.path("config/\(directory)")] + options
            let lines = try await cluster.kubectlOutput(arguments).split(separator: "\n")
            let others = lines.filter { !words.contains(String($0.split(separator: " ").last ?? "")) }
            #expect(others == [], "of \(directory)")
            return lines.count
        }

        private static func expectNoDifference(
            _ cluster: TestCluster, _ directory: String, _ options: [String] = []
        ) async throws {
            let arguments = ["diff", "--kustomize", Checkout.path("config/\(directory)")] + options
            let difference = try await cluster.kubectl(arguments)
            #expect(difference.status == 0 && difference.stdout.isEmpty, "of \(directory): \(difference)")
        }

        /// Waits until kubectl can know the kinds.
        private static func waitForKinds(_ cluster: TestCluster) async throws {
            let definitions = MeshKind.all.map { "crd/\($0.definition)" }
            try await cluster.kubectlOutput(["wait", "--for=condition=Established", "--timeout=240s"] + definitions)
        }

        /// Applies config/default to a cluster without the kinds: all but the MeshConfig, and that the second time.
        private static func installWithoutKinds(_ cluster: TestCluster) async throws {
            let arguments = ["apply", "--kustomize", Checkout.path("config/default")]
            let first = try await cluster.kubectl(arguments)
            #expect(first.status != 0)
            let complaints = first.stderr.split(separator: "\n").filter { $0.contains("mapping not found") }
            #expect(complaints.count == 1 && complaints[0].contains("MeshConfig"), "\(first.stderr)")
            try await waitForKinds(cluster)
            let second = try await cluster.kubectlOutput(arguments).split(separator: "\n")
            let created = second.filter { $0.hasSuffix(" created") }
            #expect(created == ["meshconfig.config.openservicemesh.io/osm-mesh-config created"])
            #expect(second.count == first.stdout.split(separator: "\n").count + 1)
        }

        @Test("kubectl apply installs the mesh and the sample; nothing differs afterwards, nor changes a second time")
        func clientSide() async throws {
            try await TestCluster.withOwn { cluster in
                try await Self.installWithoutKinds(cluster)
                for directory in ["default", "samples", "prometheus"] {
                    let created = try await Self.apply(cluster, directory, ending: ["created", "unchanged"])
                    try await Self.expectNoDifference(cluster, directory)
                    let unchanged = try await Self.apply(cluster, directory, ending: ["unchanged"])
                    #expect(created == unchanged && created > 2)
                }
                try await Self.expectMesh(cluster)
                try await Self.expectPermissions(cluster)
            }
        }

        @Test("kubectl apply --server-side does, too")
        func serverSide() async throws {
            try await TestCluster.withOwn(TestCluster.Options(hasControllerManager: false)) { cluster in
                let kinds = ["apply", "--server-side", "--kustomize", Checkout.path("crds")]
                try await cluster.kubectlOutput(kinds)
                try await Self.waitForKinds(cluster)
                for directory in ["default", "samples"] {
                    let first = try await Self.apply(
                        cluster, directory, ["--server-side"], ending: ["serverside-applied"])
                    try await Self.expectNoDifference(cluster, directory, ["--server-side"])
                    #expect(first > 2)
                }
                try await Self.expectMesh(cluster)
            }
        }

        /// What the controller asks of the API server, and what it must not be able to do.
        private static let permissions: [(words: [String], isAllowed: Bool)] = [
            (["watch", "pods", "--all-namespaces"], true),
            (["list", "endpointslices.discovery.k8s.io", "--all-namespaces"], true),
            (["patch", "traffictargets.access.smi-spec.io", "--subresource=status", "--namespace=shop"], true),
            (["patch", "configmaps/osm-ca-bundle", "--namespace=shop"], true),
            (["get", "secrets/osm-ca-bundle", "--namespace=osm-system"], true),
            (["patch", "secrets/osm-control-plane-ca", "--namespace=osm-system"], true),
            (["patch", "secrets/osm-mesh-trust", "--namespace=osm-system"], true),
            (["patch", "secrets/osm-ca-bundle", "--namespace=osm-system"], false),
            (["patch", "leases.coordination.k8s.io/osm-controller", "--namespace=osm-system"], true),
            (["get", "/openid/v1/jwks"], true),
            (["list", "configmaps/osm-ca-bundle", "--all-namespaces"], true),
            (["delete", "configmaps/osm-ca-bundle", "--namespace=shop"], true),
            (["patch", "mutatingwebhookconfigurations/osm-webhook-osm"], true),
            (["patch", "validatingwebhookconfigurations/osm-validator-mesh-osm"], true),
            (["get", "clusterroles/osm-controller"], true),
            (["patch", "mutatingwebhookconfigurations/other"], false),
            (["delete", "mutatingwebhookconfigurations/osm-webhook-osm"], false),
            (["get", "clusterroles/cluster-admin"], false),
            (["patch", "traffictargets.access.smi-spec.io", "--namespace=shop"], false),
            (["patch", "configmaps/other", "--namespace=shop"], false),
            (["list", "configmaps", "--namespace=shop"], false),
            (["get", "secrets/osm-ca-bundle", "--namespace=shop"], false),
            (["list", "secrets", "--namespace=osm-system"], false),
            (["create", "pods", "--namespace=osm-system"], false),
        ]

        private static func expectPermissions(_ cluster: TestCluster) async throws {
            for (words, isAllowed) in permissions {
                let arguments = ["auth", "can-i", "--as=system:serviceaccount:osm-system:osm-controller"] + words
                let answer = try await cluster.kubectl(arguments)
                #expect(answer.stdout == (isAllowed ? "yes\n" : "no\n"), "\(words)")
            }
        }

        /// What config/default promises, read from the server.
        private static func expectMesh(_ cluster: TestCluster) async throws {
            func object(_ resource: String, _ name: String) async throws -> Tree {
                let arguments = ["get", resource, name, "--namespace", "osm-system", "--output", "json"]
                return try Tree(json: await cluster.kubectlOutput(arguments))
            }
            for kind in MeshKind.all {
                let definition = try await object("crd", kind.definition)
                let established = definition["status"]["conditions"].list.first { $0["type"] == "Established" }
                #expect(established?["status"] == "True")
            }
            let preset = try Tree.documents(yaml: Checkout.text("Tests/OriginalManifests/mesh-config.yaml"))[0]["spec"]
            var expected = preset
            // Neither is in the preset of the original's last version.
            for flag in ["enableEgressPolicy", "enableMulticlusterMode"] {
                expected.set(["featureFlags", flag], to: .null)
            }
            let config = try await object("meshconfig", "osm-mesh-config")
            #expect(config["spec"].contains(expected))
            #expect(config["status"] == ["observedGeneration": -1])

            let ports = ["osm-controller": [15_128, 9_092, 9_091], "osm-validator": [9_093], "osm-injector": [9_090]]
            let deployment = try await object("deployment", "osm-controller")
            let template = deployment["spec"]["template"]
            let container = template["spec"]["containers"].list[0]
            for (name, numbers) in ports {
                let service = try await object("service", name)
                #expect(service["spec"]["ports"].list.map(\.["port"].integer) == numbers)
                let selector = try #require(service["spec"]["selector"].map)
                #expect(template["metadata"]["labels"].contains(.map(selector)))
                for (target, number) in zip(service["spec"]["ports"].list.map(\.["targetPort"]), numbers) {
                    let port = container["ports"].list.first { $0["name"] == target }
                    #expect(port?["containerPort"].integer == number)
                }
            }
            #expect(deployment["spec"]["replicas"] == 2)
            let labels: Tree = ["app": "osm-controller", "meshName": "osm", "enforceSingleMesh": "true"]
            #expect(deployment["metadata"]["labels"].contains(labels))
            #expect(container["readinessProbe"]["httpGet"]["path"] == "/readyz")
            #expect(container["livenessProbe"]["httpGet"]["path"] == "/healthz")
        }

        @Test(
            "A disruption budget can be added",
            .enabled("needs policy/v1") {
                try await offersBudgets(for: "A disruption budget can be added")
            })
        func disruptionBudget() async throws {
            let cluster = try await TestCluster.shared()
            let arguments = ["apply", "--dry-run=client", "--kustomize", Checkout.path("config/disruption-budget")]
            let output = try await cluster.kubectlOutput(arguments)
            #expect(output.contains("poddisruptionbudget.policy/osm-controller created"))
        }

        private static func offersBudgets(for test: String) async throws -> Bool {
            let cluster = try await TestCluster.shared()
            let versions = try await cluster.kubectlOutput(["api-versions"]).split(separator: "\n")
            if versions.contains("policy/v1") { return true }
            print("not run: \(test): Kubernetes \(cluster.version) does not offer policy/v1")
            return false
        }

        @Test("Every directory of config/ with a kustomization builds, and another namespace is taken everywhere")
        func kustomizations() async throws {
            let cluster = try await TestCluster.shared()
            let files =
                FileManager.default.enumerator(atPath: Checkout.path("config"))?.compactMap { $0 as? String } ?? []
            let directories = files.filter { $0.hasSuffix("/kustomization.yaml") }.map { $0.dropLast(19) }.sorted()
            #expect(directories.count >= 8)
            for directory in directories {
                try await cluster.kubectlOutput(["kustomize", Checkout.path("config/\(directory)")])
            }

            let overlay = FileManager.default.temporaryDirectory.appending(path: "osm-overlay-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: overlay, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: overlay) }
            let base =
                String(repeating: "../", count: overlay.pathComponents.count - 1)
                + Checkout.path("config/default").dropFirst()
            try Data("namespace: elsewhere\nresources: [\(base)]\n".utf8)
                .write(to: overlay.appending(path: "kustomization.yaml"))
            let output = try await cluster.kubectlOutput(["kustomize", overlay.path])
            let objects = try Tree.documents(yaml: output)
            #expect(objects.count { $0["metadata"]["namespace"] == "elsewhere" } >= 8)
            #expect(!output.contains("osm-system"))
        }
    }
}
