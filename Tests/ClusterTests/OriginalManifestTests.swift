import Foundation
import TestCluster
import Testing

extension OnRealServer {
    /// The manifests are written as users of the original write them, from its documentation of fields.
    @Suite("Manifests written for the original")
    struct OriginalManifestTests {
        private static let directory = "Tests/OriginalManifests"
        private static let files = (try? Checkout.manifests(in: directory)) ?? []

        @Test("There are some of every kind, and of every version that is served")
        func completeness() throws {
            let documents = try Self.files.flatMap {
                try Tree.documents(yaml: Checkout.text("\(Self.directory)/\($0)"))
            }
            #expect(documents.count >= 25)
            let found = Set(documents.map { "\($0["apiVersion"].text ?? "") \($0["kind"].text ?? "")" })
            #expect(
                found == Set(MeshKind.all.flatMap { kind in kind.served.map { "\(kind.group)/\($0) \(kind.name)" } }))
        }

        @Test("They apply unchanged, lose nothing, and apply again without a change", arguments: files)
        func applying(file: String) async throws {
            let cluster = try await MeshKind.cluster()
            let namespace = try await cluster.createNamespace("original")
            let path = Checkout.path("\(Self.directory)/\(file)")
            let here = ["--namespace", namespace, "-f", path]
            let documents = try Tree.documents(yaml: Checkout.text("\(Self.directory)/\(file)"))

            let created = try await cluster.kubectlOutput(["apply"] + here).split(separator: "\n")
            #expect(created.count == documents.count)
            #expect(created.allSatisfy { $0.hasSuffix(" created") })

            let stored = try Tree(json: await cluster.kubectlOutput(["get", "--output", "json"] + here))
            let objects = documents.count == 1 ? [stored] : stored["items"].list
            #expect(objects.count == documents.count)
            for (object, document) in zip(objects, documents) {
                #expect(object["metadata"]["name"] == document["metadata"]["name"])
                #expect(object["spec"].contains(document["spec"]), "of \(document["metadata"]["name"])")
            }

            let difference = try await cluster.kubectl(["diff"] + here)
            #expect(difference.status == 0 && difference.stdout.isEmpty, "\(difference)")
            let again = try await cluster.kubectlOutput(["apply"] + here).split(separator: "\n")
            #expect(again.count == documents.count)
            #expect(again.allSatisfy { $0.hasSuffix(" unchanged") }, "\(again)")
        }

        @Test("They apply on the server's side, too, with no difference afterwards")
        func serverSide() async throws {
            let cluster = try await MeshKind.cluster()
            let namespace = try await cluster.createNamespace("original")
            let here =
                ["--server-side", "--namespace", namespace]
                + Self.files.flatMap { ["-f", Checkout.path("\(Self.directory)/\($0)")] }
            try await cluster.kubectlOutput(["apply"] + here)
            let difference = try await cluster.kubectl(["diff"] + here)
            #expect(difference.status == 0 && difference.stdout.isEmpty, "\(difference)")
        }

        @Test(
            "A status that the original wrote stays beside ours",
            arguments: [
                (
                    MeshKind.ingressBackend,
                    #"{"currentStatus": "committed", "reason": "successfully committed", "else": {"a": 1}}"#
                ),
                // Version 1.2: the mesh reads the state where the object has no role.
                (
                    MeshKind.meshRootCertificate,
                    #"{"state": "validatingRollout", "transitionAfter": "2022-10-01T00:00:00Z", "#
                        + #""componentStatuses": {"sidecar": "validating", "gateway": "unknown"}}"#
                ),
            ])
        func earlierStatus(kind: MeshKind, earlier: String) async throws {
            let cluster = try await MeshKind.cluster()
            let namespace = try await cluster.createNamespace("original")
            let here = ["--namespace", namespace]
            try await cluster.kubectlOutput(["create", "-f", "-"] + here, input: kind.object("one"))
            for status in [
                earlier, #"{"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}"#,
            ] {
                try await cluster.kubectlOutput(
                    ["patch", kind.definition, "one", "--subresource=status", "--type=merge"] + here
                        + ["--patch", #"{"status": \#(status)}"#])
            }
            let output = try await cluster.kubectlOutput(["get", kind.definition, "one", "--output", "json"] + here)
            var expected = try Tree(json: earlier)
            expected["observedGeneration"] = 1
            expected["conditions"] = [["type": "Ready", "status": "True"]]
            #expect(try Tree(json: output)["status"] == expected)
        }
    }
}
