import Foundation
import Testing

/// Commands that look at manifests, without a cluster.
@Suite("osm on manifests")
struct AnalysisCommandTests {
    /// A directory of manifests that goes away with the test.
    private final class Manifests {
        let path: String

        init(_ files: [String: String]) throws {
            let directory = FileManager.default.temporaryDirectory.appending(path: "osm-manifests-\(UUID().uuidString)")
            for (name, text) in files {
                let file = directory.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            path = directory.path
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private static let workloads = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: store, namespace: shop}
        spec:
          selector: {matchLabels: {app: store}}
          template:
            metadata: {labels: {app: store}}
            spec: {serviceAccountName: store, containers: [{name: app, ports: [{containerPort: 8080}]}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: front, namespace: web}
        spec:
          selector: {matchLabels: {app: front}}
          template:
            metadata: {labels: {app: front}}
            spec: {serviceAccountName: front, containers: [{name: app}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: store, namespace: shop}
        spec:
          selector: {app: store}
          ports: [{name: http-web, port: 80, targetPort: 8080}]

        """

    private static func policies(path: String, methods: String = "[GET]") -> String {
        """
        apiVersion: specs.smi-spec.io/v1alpha4
        kind: HTTPRouteGroup
        metadata: {name: routes, namespace: shop}
        spec:
          matches:
          - {name: books, pathRegex: \(path), methods: \(methods)}
        ---
        apiVersion: access.smi-spec.io/v1alpha3
        kind: TrafficTarget
        metadata: {name: store, namespace: shop}
        spec:
          destination: {kind: ServiceAccount, name: store, namespace: shop}
          sources: [{kind: ServiceAccount, name: front, namespace: web}]
          rules: [{kind: HTTPRouteGroup, name: routes, matches: [books]}]

        """
    }

    private static let assumption =
        "note: taken for namespaces of the mesh, since the manifests do not hold them: shop, web\n"

    @Test("explains an allowed call")
    func explainAllowed() async throws {
        let files = try Manifests(["a.yaml": Self.workloads, "below/b.yaml": Self.policies(path: "/books")])
        let line = await Transcript.of([
            "policy", "explain", "-f", files.path, "--from", "web/front", "--to", "shop/store:80", "--method", "get",
            "--path", "/books", "--expect", "allowed",
        ])
        #expect(line.status == 0)
        #expect(line.error == Self.assumption)
        #expect(
            line.out == """
                ALLOWED  web/front -> shop/store:80 (HTTP) GET /books
                  allowed by TrafficTarget shop/store

                  How it goes
                    1. the client's proxy knows shop/store:80 at 100.96.0.1:80, read as HTTP  [Service shop/store]
                    2. port 8080 of shop/store (shop/store-0), called as shop/store: allowed  \
                [HTTPRouteGroup shop/routes, TrafficTarget shop/store]

                  Decided by
                    TrafficTarget shop/store spec.rules[0] -> HTTPRouteGroup shop/routes spec.matches[0] `books`

                """)
    }

    @Test("explains a denied call, and ends with 1 where another answer was expected")
    func explainDenied() async throws {
        let files = try Manifests(["a.yaml": Self.workloads, "b.yaml": Self.policies(path: "/books")])
        let words = [
            "policy", "explain", "-f", files.path, "--from", "web/front", "--to", "shop/store", "--path", "/x",
        ]
        let line = await Transcript.of(words + ["--expect", "allowed"])
        #expect(line.status == 1)
        #expect(line.out.hasPrefix("DENIED  web/front -> shop/store:80 (HTTP) /x\n"))
        #expect(line.out.contains("spec.matches[0].pathRegex: path `/books`, not `/x`\n"))
        #expect(line.out.contains("kind: TrafficTarget\n"))
        let json = await Transcript.of(words + ["--output", "json"])
        #expect(json.status == 0)
        struct Answer: Decodable {
            struct Miss: Decodable { let object, path, message: String }
            struct Near: Decodable {
                let object: String
                let misses: [Miss]
            }
            struct Remedy: Decodable { let manifest: String }
            let verdict: String
            let nearest: [Near]
            let remedy: Remedy
        }
        let answers = try JSONDecoder().decode([Answer].self, from: Data(json.out.utf8))
        #expect(answers.map(\.verdict) == ["denied"])
        #expect(answers.first?.nearest.first?.object == "TrafficTarget shop/store")
        // What is proposed, applied, allows the call.
        let remedy = try #require(answers.first).remedy.manifest
        let after = try Manifests(["a.yaml": Self.workloads, "b.yaml": Self.policies(path: "/books"), "c.yaml": remedy])
        let allowed = await Transcript.of(
            words.map { $0 == files.path ? after.path : $0 } + ["--expect", "allowed"])
        #expect(allowed.status == 0)
    }

    @Test("analyzes manifests, with the place of each finding, and ends with 1 for errors")
    func analyze() async throws {
        let clean = try Manifests(["a.yaml": Self.workloads, "b.yaml": Self.policies(path: "/books")])
        let good = await Transcript.of(["analyze", "-f", clean.path, "--fail-on", "note"])
        #expect(good.status == 0)
        #expect(good.out.hasSuffix(" objects: nothing found\n"))
        let files = try Manifests(["a.yaml": Self.workloads, "b.yaml": Self.policies(path: "/(books")])
        let bad = await Transcript.of(["analyze", "-f", files.path])
        #expect(bad.status == 1)
        #expect(
            bad.out.contains(
                "\(files.path)/b.yaml:6: error: HTTPRouteGroup shop/routes: spec.matches[0].pathRegex: is not an "
                    + "expression (RE2)"))
        #expect(bad.out.contains("[original/expression]"))
        let errors = await Transcript.of(["analyze", "-f", files.path, "--show", "error"])
        #expect(!errors.out.contains(": note: "))
        let sarif = await Transcript.of(["analyze", "-f", files.path, "--output", "sarif"])
        #expect(sarif.status == 1)
        let log = try JSONSerialization.jsonObject(with: Data(sarif.out.utf8)) as? [String: Any]
        #expect(log?["version"] as? String == "2.1.0")
        let json = await Transcript.of(["analyze", "-f", files.path, "-o", "json"])
        #expect(try JSONSerialization.jsonObject(with: Data(json.out.utf8)) is [String: Any])
    }

    @Test("tells what a change does, and nothing where nothing changed")
    func diff() async throws {
        let before = try Manifests(["a.yaml": Self.workloads, "b.yaml": Self.policies(path: "/books")])
        let after = try Manifests([
            "a.yaml": Self.workloads, "b.yaml": Self.policies(path: "/books", methods: "[GET, POST]"),
        ])
        let same = await Transcript.of(["diff", "-f", before.path, "-f", before.path, "--exit-code"])
        #expect(same.status == 0)
        #expect(same.out == "Nothing is different.\n")
        let line = await Transcript.of(["diff", "-f", before.path, "-f", after.path, "--exit-code"])
        #expect(line.status == 1)
        #expect(
            line.out == """
                Objects
                  ~ HTTPRouteGroup shop/routes

                Flows
                  ~ web/front -> shop/store:80: other requests are allowed
                      + GET|POST /books

                Proxies
                  shop/store-0: 2 changed

                """)
        let named = await Transcript.of(["diff", "-f", before.path, "-f", after.path, "--resources"])
        #expect(named.status == 0)
        #expect(named.out.contains("    ~ RouteConfiguration inbound/8080\n"))
    }

    @Test("compiles the same bytes each time")
    func compile() async throws {
        let files = try Manifests(["a.yaml": Self.workloads, "b.yaml": Self.policies(path: "/books")])
        let words = ["compile", "-f", files.path, "--proxy", "web/front"]
        let first = await Transcript.of(words)
        #expect(first.status == 0)
        #expect(await Transcript.of(words).out == first.out)
        let value = try JSONSerialization.jsonObject(with: Data(first.out.utf8)) as? [String: Any]
        #expect(value?["proxy"] as? String == "web/front-0")
        let table = await Transcript.of(words + ["--output", "table"])
        #expect(table.out.hasPrefix("TYPE "))
        #expect(table.out.contains("RouteConfiguration"))
        let nobody = await Transcript.of(["compile", "-f", files.path, "--proxy", "web/nobody"])
        #expect(nobody.status == 1)
        #expect(nobody.error.contains("no pod with a sidecar is called that"))
    }

    @Test(
        "refuses wrong command lines",
        arguments: [
            ["policy", "explain"], ["policy", "explain", "--from", "a", "--to", "b/c"],
            ["policy", "explain", "--from", "a/b:80", "--to", "b/c"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c:0"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c:80", "--port", "81"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c", "--path", "x"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c", "--header", "x"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c", "--expect", "maybe"],
            ["analyze", "--output", "yaml"], ["analyze", "--fail-on", "x"], ["diff"],
            ["diff", "-f", "a", "-f", "b", "-f", "c"],
            ["diff", "-f", "a", "-f", "b", "--prune"], ["compile"], ["compile", "--proxy", "x"],
        ])
    func usage(words: [String]) async {
        let line = await Transcript.of(words)
        #expect(line.status == 2)
        #expect(line.out == "")
        #expect(line.error.hasPrefix("Error: "))
    }

    @Test("tells what is missing", arguments: ["policy explain --from a/b --to c/d", "analyze", "compile --proxy a/b"])
    func missing(words: String) async {
        let words = words.split(separator: " ").map(String.init)
        let path = await Transcript.of(words + ["-f", "/nonexistent/manifests"])
        #expect(path.status == 1)
        #expect(
            path.error == """
                Error: reading manifests: there is no file or directory /nonexistent/manifests
                Give the path of manifests to -f.

                """)
        let cluster = await Transcript.of(words + ["--kubeconfig", "/nonexistent/kubeconfig"])
        #expect(cluster.status == 1)
        #expect(cluster.error.hasPrefix("Error: "))
    }
}
