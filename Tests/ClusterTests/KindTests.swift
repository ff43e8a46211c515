import MeshModel
import TestCluster
import Testing

extension OnRealServer {
    @Suite("The kinds of the mesh on a real API server")
    struct KindTests {
        @Test("A kind has its names, its versions, and a status of its own in each", arguments: MeshKind.all)
        func definition(kind: MeshKind) async throws {
            let cluster = try await MeshKind.cluster()
            let stored = try Tree(
                json: await cluster.kubectlOutput(["get", "crd", kind.definition, "--output", "json"]))
            let versions = stored["spec"]["versions"].list
            func names(where condition: (Tree) -> Bool) -> Set<String> {
                Set(versions.filter(condition).compactMap(\.["name"].text))
            }
            #expect(names { $0["served"].isTrue } == kind.served)
            #expect(names { !$0["served"].isTrue } == kind.kept)
            #expect(names { $0["storage"].isTrue } == [kind.stored])
            #expect(versions.allSatisfy { $0["subresources"]["status"].map != nil })
            #expect(stored["status"]["acceptedNames"]["shortNames"] == [.text(kind.short)])
            #expect(stored["status"]["acceptedNames"]["categories"] == ["osm"])
            #expect(stored["metadata"]["labels"]["app.kubernetes.io/name"] == "openservicemesh.io")
            let failed = stored["status"]["conditions"].list.filter {
                $0["type"] == "NonStructuralSchema" ? $0["status"] == "True" : $0["status"] != "True"
            }
            #expect(failed.isEmpty)
            if let own = ObjectKind(rawValue: kind.name) {
                #expect(own.group == kind.group)
                #expect(Set(own.versions) == kind.served)
            }
        }

        @Test("There is one for every kind that the mesh reads beside those of Kubernetes")
        func completeness() throws {
            let kinds = Set(MeshKind.all.map(\.name))
            let read = ObjectKind.allCases.filter {
                $0.group.hasSuffix("openservicemesh.io") || $0.group.hasSuffix("smi-spec.io")
            }
            #expect(!read.isEmpty)
            #expect(read.allSatisfy { kinds.contains($0.rawValue) })
            let files = try Checkout.manifests(in: "crds").filter { $0 != "kustomization.yaml" }
            #expect(files == MeshKind.all.map { "\($0.name.lowercased()).yaml" }.sorted())
            let listed = try Tree.documents(yaml: Checkout.text("crds/kustomization.yaml"))[0]["resources"].list
            #expect(listed == files.map { .text($0) })
        }

        @Test(
            "A new object has not been seen by the controller, whatever the version it is written in",
            arguments: MeshKind.all)
        func newObject(kind: MeshKind) async throws {
            let cluster = try await MeshKind.cluster()
            let namespace = try await cluster.createNamespace("new")
            for version in kind.served.sorted() {
                let output = try await cluster.kubectlOutput(
                    ["create", "--namespace", namespace, "--output", "json", "-f", "-"],
                    input: kind.object("of-\(version)", version: version))
                #expect(try Tree(json: output)["status"] == ["observedGeneration": -1])
            }
            // By the short name, and in the category of all kinds.
            for resource in [kind.short, "osm"] {
                let names = try await cluster.kubectlOutput(
                    ["get", resource, "--namespace", namespace, "--output", "name"])
                let expected = kind.served.sorted().map { "\(kind.name.lowercased()).\(kind.group)/of-\($0)\n" }
                #expect(names == expected.joined())
            }
            let objects = try Tree(
                json: await cluster.kubectlOutput([
                    "get", kind.definition, "--namespace", namespace, "--output", "json",
                ]))
            #expect(objects["items"].list.count == kind.served.count)
            for object in objects["items"].list {
                #expect(object["status"]["observedGeneration"] == -1)
                #expect(Kstatus(of: object) == .inProgress)
            }
        }

        @Test(
            "Nothing is lost on the way through another version", arguments: MeshKind.all.filter { $0.served.count > 1 }
        )
        func versions(kind: MeshKind) async throws {
            let cluster = try await MeshKind.cluster()
            let namespace = try await cluster.createNamespace("versions")
            func object(_ version: String) async throws -> Tree {
                let resource = kind.resource(version)
                let output = try await cluster.kubectlOutput(
                    ["get", resource, "one", "--namespace", namespace, "--output", "json"])
                let object = try Tree(json: output)
                #expect(object["apiVersion"] == .text("\(kind.group)/\(version)"))
                return object
            }
            let spec =
                kind.name == "MeshConfig"
                ? try Tree.documents(yaml: Checkout.text("Tests/OriginalManifests/mesh-config.yaml"))[1]["spec"]
                : try Tree(json: kind.sample)
            let newest = try #require(kind.served.max())
            var manifest = try Tree(json: kind.object("one", version: newest))
            manifest["spec"] = spec
            try await cluster.kubectlOutput(["create", "--namespace", namespace, "-f", "-"], input: manifest.json)
            let first = try await object(newest)
            #expect(first["spec"].contains(spec))
            for version in kind.served.sorted() {
                // Written back as read, with a change that makes it a write.
                var copy = try await object(version)
                #expect(copy["spec"] == first["spec"])
                copy["metadata"]["labels"] = ["version": .text(version)]
                try await cluster.kubectlOutput(["replace", "--namespace", namespace, "-f", "-"], input: copy.json)
                let written = try await object(newest)
                #expect(written["metadata"]["labels"] == ["version": .text(version)])
                #expect(written["spec"] == first["spec"])
            }
        }

        @Test("A MeshConfig in its first version is answered with a warning")
        func deprecation() async throws {
            let cluster = try await MeshKind.cluster()
            let namespace = try await cluster.createNamespace("deprecation")
            let outcome = try await cluster.kubectl(
                ["create", "--namespace", namespace, "-f", "-"],
                input: MeshKind.meshConfig.object("one", version: "v1alpha1"))
            #expect(outcome.status == 0)
            #expect(
                outcome.stderr.contains(
                    "Warning: config.openservicemesh.io/v1alpha1 MeshConfig is deprecated; "
                        + "use config.openservicemesh.io/v1alpha2 MeshConfig"))
        }
    }
}
