import TestCluster
import Testing

extension OnRealServer {
    @Suite("Clusters that ran the original")
    struct ReplacementTests {
        private static let directory = "Tests/OriginalManifests/crds"

        @Test(
            "Its CustomResourceDefinitions are replaced by ours; versions once stored stay listed, objects stay as they are"
        )
        func replacement() async throws {
            try await TestCluster.withOwn(TestCluster.Options(hasControllerManager: false)) { cluster in
                func applyDefinitions(_ file: String) async throws {
                    let path = Checkout.path("\(Self.directory)/\(file)")
                    try await cluster.kubectlOutput(["apply", "-f", path])
                    try await cluster.kubectlOutput([
                        "wait", "--for=condition=Established", "--timeout=240s", "-f", path,
                    ])
                }
                func storedVersions() async throws -> [String: Set<String>] {
                    let output = try Tree(json: await cluster.kubectlOutput(["get", "crd", "--output", "json"]))
                    let versions = output["items"].list.map { definition in
                        (
                            definition["metadata"]["name"].text ?? "",
                            Set(definition["status"]["storedVersions"].list.compactMap(\.text))
                        )
                    }
                    return Dictionary(uniqueKeysWithValues: versions)
                }
                let (targets, groups) = (MeshKind.trafficTarget, MeshKind.httpRouteGroup)
                let here = ["--namespace", "default"]

                // An earlier release of the original, an object of it, then its last one with objects of all kinds.
                try await applyDefinitions("earlier.yaml")
                try await cluster.kubectlOutput(
                    ["create", "-f", "-"] + here, input: targets.object("earlier", version: "v1alpha2"))
                try await applyDefinitions("original.yaml")
                for kind in MeshKind.all {
                    try await cluster.kubectlOutput(["create", "-f", "-"] + here, input: kind.object("one"))
                }
                let before = try await storedVersions()
                #expect(before[targets.definition] == ["v1alpha2", "v1alpha3"])
                #expect(before[groups.definition] == ["v1alpha3", "v1alpha4"])
                #expect(before["meshconfigs.config.openservicemesh.io"] == ["v1alpha1", "v1alpha2"])

                // The server refuses a definition without a version that was stored: what ours avoid.
                let ours = try Checkout.text("crds/traffictarget.yaml")
                var forgetful = try Tree.documents(yaml: ours)[0]
                forgetful["spec"]["versions"] = .list([forgetful["spec"]["versions"].list[0]])
                let refused = try await cluster.kubectl(["apply", "-f", "-"], input: forgetful.json)
                #expect(refused.status != 0 && refused.stderr.contains("status.storedVersions"), "\(refused)")

                try await cluster.kubectlOutput(["apply", "--kustomize", Checkout.path("config/default")])
                #expect(try await storedVersions() == before)
                for kind in MeshKind.all {
                    let output = try await cluster.kubectlOutput(
                        ["get", kind.definition, "one", "--output", "json"] + here)
                    let object = try Tree(json: output)
                    #expect(object["spec"].contains(try Tree(json: kind.sample)), "\(kind.name)")
                    #expect(object["status"]["observedGeneration"] == -1, "\(kind.name)")
                    // What is stored is valid: the status of it can be written.
                    try await cluster.kubectlOutput(
                        ["patch", kind.definition, "one", "--subresource=status", "--type=merge"] + here
                            + ["--patch", #"{"status": {"observedGeneration": 1}}"#])
                }
                let earlier = try await cluster.kubectlOutput(
                    ["get", targets.definition, "earlier", "--output", "json"] + here)
                #expect(try Tree(json: earlier)["spec"].contains(try Tree(json: targets.sample)))
            }
        }
    }
}
