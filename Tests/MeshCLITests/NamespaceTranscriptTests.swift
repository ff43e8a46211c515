import Foundation
import TestCluster
import Testing

@Suite("osm namespace on a real API server")
struct NamespaceTranscriptTests {
    @Test("adds, lists, refuses what is another's, and removes")
    func life() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh()
        let (other, _) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        let bare = try await cluster.cluster.createNamespace("bare")

        var line = await cluster.osm("namespace", "list", mesh)
        #expect(line.out == "No namespaces in mesh [\(mesh)]\n")
        line = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        #expect(line.out == "Namespace [\(shop)] successfully added to mesh [\(mesh)]\n")
        #expect(line.status == 0)
        #expect(
            try await cluster.field(#".metadata.labels.openservicemesh\.io/monitored-by"#, of: "namespace", shop)
                == mesh)
        // The words before and behind of the alias; several at once, one of them added before, one the controller's own.
        line = await cluster.osm(
            "ns", "add", shop, home, bare, "--disable-sidecar-injection", "--mesh-name=\(mesh)")
        #expect(
            line.out == """
                Namespace [\(shop)] has already been added to mesh [\(mesh)]
                Namespace [\(home)] already has [osm-controller] installed and cannot be added to mesh [\(mesh)]
                Namespace [\(bare)] successfully added to mesh [\(mesh)]

                """)
        line = await cluster.osm("namespace", "list", "--mesh-name", mesh)
        let width = max(shop.count, bare.count, 9) + 3
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: width - text.count)
        }
        #expect(
            line.out == padded("NAMESPACE", width) + padded("MESH", mesh.count + 3) + "SIDECAR-INJECTION\n"
                + padded(bare, width) + "\(mesh)   disabled\n" + padded(shop, width) + "\(mesh)   enabled\n")
        line = await cluster.osm("namespace", "add", shop, "--mesh-name", other)
        #expect(line.status == 1)
        #expect(
            line.error == """
                Error: Could not add namespace [\(shop)] to mesh [\(other)]: Namespace belongs to mesh [\(mesh)]
                Remove it there first: osm namespace remove \(shop) --mesh-name \(mesh).

                """)
        line = await cluster.osm("namespace", "remove", shop, "--mesh-name", other)
        #expect(
            line.error
                == "Error: Namespace belongs to mesh [\(mesh)], not mesh [\(other)]. Please specify the correct mesh\n")
        line = await cluster.osm("namespace", "remove", shop, "--mesh-name", mesh)
        #expect(line.out == "Namespace [\(shop)] successfully removed from mesh [\(mesh)]\n")
        #expect(
            try await cluster.field(".metadata.annotations", of: "namespace", shop).contains("sidecar") == false)
        line = await cluster.osm("namespace", "remove", shop, "--mesh-name", mesh)
        #expect(line.out == "Namespace [\(shop)] already does not belong to any mesh\n")
        #expect(line.status == 0)
    }

    @Test("ignores namespaces, which cannot be added then")
    func ignore() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, _) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        var line = await cluster.osm("namespace", "ignore", shop)
        #expect(line.out == "Successfully configured namespace [\(shop)] to be ignored\n")
        line = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        #expect(line.status == 1)
        #expect(line.error.contains("Cannot add ignored namespace"))
    }

    @Test("says what was done in JSON and YAML as well")
    func formats() async throws {
        struct Row: Decodable, Equatable {
            let namespace: String
            let isChanged: Bool
            let message: String
        }
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        func rows(_ words: [String], _ namespaces: String...) async throws -> [Row] {
            let line = await Transcript.of(
                words + namespaces + ["-o", "json", "--kubeconfig", cluster.cluster.kubeconfigPath])
            #expect(line.status == 0)
            #expect(line.error == "")
            return try JSONDecoder().decode([Row].self, from: Data(line.out.utf8))
        }
        let add = ["namespace", "add", "--mesh-name", mesh]
        let added = "Namespace [\(shop)] successfully added to mesh [\(mesh)]"
        #expect(
            try await rows(add, shop, home) == [
                Row(namespace: shop, isChanged: true, message: added),
                Row(
                    namespace: home, isChanged: false,
                    message: "Namespace [\(home)] already has [osm-controller] installed and cannot be added to mesh "
                        + "[\(mesh)]"),
            ])
        #expect(try await rows(add, shop).map(\.isChanged) == [false])
        let metrics = ["metrics", "enable", "--namespace"]
        let enabled = "Metrics successfully enabled in namespace [\(shop)]"
        for isChanged in [true, false] {
            #expect(try await rows(metrics, shop) == [Row(namespace: shop, isChanged: isChanged, message: enabled)])
        }
        for isChanged in [true, false] {
            #expect(try await rows(["namespace", "ignore"], shop).map(\.isChanged) == [isChanged])
        }
        let remove = ["namespace", "remove", "--mesh-name", mesh]
        for isChanged in [true, false] { #expect(try await rows(remove, shop).map(\.isChanged) == [isChanged]) }
        let yaml = await cluster.osm("namespace", "remove", shop, "--mesh-name", mesh, "-o", "yaml")
        #expect(
            yaml.out
                == "- isChanged: false\n  message: Namespace [\(shop)] already does not belong to any mesh\n  namespace: "
                + "\(shop)\n")
    }

    @Test("says what is not there")
    func missing() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, _) = try await cluster.makeMesh()
        var line = await cluster.osm("namespace", "add", "shop", "--mesh-name", "no-such-mesh")
        #expect(line.status == 1)
        #expect(line.error.hasPrefix("Error: mesh [no-such-mesh] does not exist"))
        for arguments in [["add", "no-such-ns"], ["remove", "no-such-ns"], ["ignore", "no-such-ns"]] {
            let mesh = arguments[0] == "ignore" ? [] : ["--mesh-name", mesh]
            line = await Transcript.of(
                ["namespace"] + arguments + mesh + ["--kubeconfig", cluster.cluster.kubeconfigPath])
            #expect(line.status == 1)
            #expect(line.error.contains("namespaces \"no-such-ns\" not found"))
        }
    }
}
