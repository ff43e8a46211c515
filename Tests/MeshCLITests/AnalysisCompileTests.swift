import Foundation
import Testing

@Suite("osm compile on manifests")
struct AnalysisCompileTests {
    private static let words = ["compile", "--proxy", "web/front"]

    private func compile(_ files: [String: String], _ more: String...) async throws -> Transcript {
        let manifests = try ManifestDirectory(files)
        return await Transcript.of(Self.words + ["-f", manifests.path] + more)
    }

    @Test("prints the same bytes for the same objects: again, and from other files in another order")
    func stable() async throws {
        let documents =
            ManifestDirectory.workloads.components(separatedBy: "---\n")
            + ManifestDirectory.policies(path: "/books").components(separatedBy: "---\n")
        #expect(documents.count == 5)
        func split(_ documents: [String]) -> [String: String] {
            Dictionary(uniqueKeysWithValues: documents.enumerated().map { ("\($0).yaml", $1) })
        }
        let first = try await compile(["a.yaml": documents.joined(separator: "---\n")])
        #expect(first.status == 0)
        #expect(first.out.utf8.count > 5_000)
        for other in [
            ["a.yaml": documents.joined(separator: "---\n")],
            ["b.yaml": documents.reversed().joined(separator: "---\n")],
            split(documents), split(documents.reversed()),
            ["a/x.yaml": documents[0], "0.yml": documents[1...].joined(separator: "---\n")],
        ] {
            #expect(try await compile(other).out == first.out)
        }
        let (left, right) = (
            try ManifestDirectory(["a.yaml": documents[...1].joined(separator: "---\n")]),
            try ManifestDirectory(["a.yaml": documents[2...].joined(separator: "---\n")])
        )
        #expect(await Transcript.of(Self.words + ["-f", left.path, "-f", right.path]).out == first.out)
        #expect(await Transcript.of(Self.words + ["-f", right.path, "-f", left.path]).out == first.out)
    }

    @Test("leaves what an edit does not concern as it was, to the byte")
    func edits() async throws {
        let files = ["a.yaml": ManifestDirectory.workloads, "b.yaml": ManifestDirectory.policies(path: "/books")]
        let before = try await compile(files)
        // Another Service of the same pods, which nobody may call: its name stands before all others.
        let more = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: a, namespace: a}
            spec:
              selector: {matchLabels: {app: a}}
              template: {metadata: {labels: {app: a}}, spec: {serviceAccountName: a, containers: [{name: app}]}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: a, namespace: a}
            spec: {selector: {app: a}, ports: [{name: http-web, port: 80}]}

            """
        #expect(try await compile(files.merging(["0.yaml": more]) { $1 }).out == before.out)
        let edited = try await compile([
            "a.yaml": ManifestDirectory.workloads, "b.yaml": ManifestDirectory.policies(path: "/other"),
        ])
        #expect(edited.out == before.out, "what the server's proxy allows is none of the client's")
        let server = ["compile", "--proxy", "shop/store"]
        let (old, new) = (
            try ManifestDirectory(files),
            try ManifestDirectory([
                "a.yaml": ManifestDirectory.workloads, "b.yaml": ManifestDirectory.policies(path: "/other"),
            ])
        )
        func unversioned(_ text: String) -> [String] {
            text.components(separatedBy: "\n").filter { !$0.contains("\"version\": ") }
        }
        let (oldServer, newServer) = (
            await Transcript.of(server + ["-f", old.path]).out, await Transcript.of(server + ["-f", new.path]).out
        )
        #expect(oldServer.contains("/books"))
        #expect(unversioned(newServer) == unversioned(oldServer.replacing("/books", with: "/other")))
        #expect(newServer != oldServer.replacing("/books", with: "/other"), "versions follow the content")
    }

    @Test("prints JSON or a table, and says who has a proxy if nobody is called that")
    func forms() async throws {
        let files = ["a.yaml": ManifestDirectory.workloads, "b.yaml": ManifestDirectory.policies(path: "/books")]
        let first = try await compile(files)
        let value = try JSONSerialization.jsonObject(with: Data(first.out.utf8)) as? [String: Any]
        #expect(value?["proxy"] as? String == "web/front-0")
        let table = try await compile(files, "--output", "table")
        #expect(table.out.hasPrefix("TYPE "))
        #expect(table.out.contains("RouteConfiguration"))
        let manifests = try ManifestDirectory(files)
        let pod = await Transcript.of(["compile", "-f", manifests.path, "--proxy", "web/front-0"])
        #expect(pod.out == first.out)
        let nobody = await Transcript.of(["compile", "-f", manifests.path, "--proxy", "web/nobody"])
        #expect(nobody.status == 1)
        #expect(
            nobody.error.hasSuffix(
                """
                Error: compiling what web/nobody gets: no pod with a sidecar is called that, or runs as that \
                ServiceAccount
                Name a pod or a ServiceAccount of a namespace in the mesh; there are shop/store, web/front.

                """))
    }

    @Test("leaves services away that a proxy gets at the first call only, and says so")
    func lazy() async throws {
        let config = """
            apiVersion: config.openservicemesh.io/v1alpha2
            kind: MeshConfig
            metadata: {name: osm-mesh-config, namespace: osm-system}
            spec: {traffic: {enablePermissiveTrafficPolicyMode: true}}

            """
        let files = ["a.yaml": ManifestDirectory.workloads, "b.yaml": config]
        let name = "outbound/shop/store/80"
        let all = try await compile(files)
        #expect(all.out.contains(name))
        #expect(!all.error.contains("every client may call"))
        #expect(try await compile(files, "--lazy-above", "1").out == all.out)
        let lazy = try await compile(files, "--lazy-above", "0")
        #expect(lazy.error.contains("note: every client may call more than 0 service ports: "))
        #expect(!lazy.out.contains(name))
        #expect(lazy.out.contains("on_demand"))
    }
}
