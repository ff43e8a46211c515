import Foundation
import Testing

/// Commands that look at manifests, without a cluster.
@Suite("osm on manifests")
struct AnalysisCommandTests {
    private static let assumption =
        "note: taken for namespaces of the mesh, since the manifests do not hold them: shop, web\n"

    @Test("explains an allowed call")
    func explainAllowed() async throws {
        let files = try ManifestDirectory.shop()
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
                    1. the client's proxy knows shop/store:80 at 100.115.130.50:80, read as HTTP  [Service shop/store]
                    2. port 8080 of shop/store (shop/store-0), called as shop/store: allowed  \
                [HTTPRouteGroup shop/routes, TrafficTarget shop/store]

                  Decided by
                    TrafficTarget shop/store spec.rules[0] -> HTTPRouteGroup shop/routes spec.matches[0] `books`

                """)
    }

    @Test("explains a denied call, and ends with 1 where another answer was expected")
    func explainDenied() async throws {
        let files = try ManifestDirectory.shop()
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
        let after = try ManifestDirectory.shop(more: ["below/c.yaml": remedy])
        let allowed = await Transcript.of(
            words.map { $0 == files.path ? after.path : $0 } + ["--expect", "allowed"])
        #expect(allowed.status == 0)
    }

    @Test("takes a header of the host for the host")
    func explainHost() async throws {
        let group = ManifestDirectory.policies(path: "/books").replacing(
            "methods: [GET]}", with: "methods: [GET], headers: [{host: x.example}]}")
        let files = try ManifestDirectory(["a.yaml": ManifestDirectory.workloads, "b.yaml": group])
        let words = [
            "policy", "explain", "-f", files.path, "--from", "web/front", "--to", "shop/store", "--method", "GET",
            "--path", "/books",
        ]
        for (more, verdict) in [
            (["--host", "x.example"], "ALLOWED"), (["--header", "Host: x.example"], "ALLOWED"),
            (["--header", ":authority: y.example"], "DENIED"), ([], "DEPENDS"),
        ] {
            let line = await Transcript.of(words + more)
            #expect(line.status == 0)
            #expect(line.out.hasPrefix("\(verdict)  "), "\(line.out)")
        }
    }

    @Test("analyzes manifests, with the place of each finding, and ends with 1 for errors")
    func analyze() async throws {
        let clean = try ManifestDirectory.shop()
        let good = await Transcript.of(["analyze", "-f", clean.path, "--fail-on", "note"])
        #expect(good.status == 0)
        #expect(good.out.hasSuffix(" objects: nothing found\n"))
        let files = try ManifestDirectory.shop(path: "/(books")
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
        let before = try ManifestDirectory.shop()
        let after = try ManifestDirectory.shop(methods: "[GET, POST]")
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

    @Test("tells of clients whose pods are of other manifests, and not of what an edit does not concern")
    func diffOfPolicies() async throws {
        let server = ManifestDirectory.workloads.components(separatedBy: "---\n")
            .filter { !$0.contains("namespace: web") }.joined(separator: "---\n")
        // It comes before all others by its name, and gives none of them another address.
        let more = """
            apiVersion: v1
            kind: Service
            metadata: {name: a, namespace: shop}
            spec: {selector: {app: store}, ports: [{name: http-web, port: 80, targetPort: 8080}]}

            """
        let policies = ManifestDirectory.policies(path: "/books")
        let before = try ManifestDirectory(["a.yaml": server, "b.yaml": policies])
        let after = try ManifestDirectory(["a.yaml": server, "b.yaml": policies, "0.yaml": more])
        let line = await Transcript.of(["diff", "-f", before.path, "-f", after.path, "--resources"])
        #expect(line.status == 0)
        #expect(line.error.hasSuffix("note: taken to have a pod, since policies name them: web/front\n"))
        #expect(line.out.contains("  + web/front -> shop/a:80: becomes allowed\n"))
        let changed = line.out.split(separator: "\n").filter { $0.hasPrefix("    ~ ") || $0.hasPrefix("    - ") }
        // The pod of the server is called by one more name; the client only gets more.
        #expect(changed.allSatisfy { $0.contains(" inbound") }, "\(line.out)")
    }

    @Test("answers nothing by manifests that it cannot read in whole, and names what has no effect")
    func broken() async throws {
        let files = try ManifestDirectory.shop(more: ["c.yaml": "kind: TrafficTarget\nspec: ["])
        let question = ["policy", "explain", "--from", "web/front", "--to", "shop/store"]
        for words in [question, ["compile", "--proxy", "web/front"], ["diff", "-f", files.path]] {
            let line = await Transcript.of(words + ["-f", files.path])
            #expect(line.status == 1)
            #expect(line.out == "")
            #expect(line.error.hasPrefix("Error: reading manifests: \(files.path)/c.yaml:"), "\(line.error)")
            #expect(line.error.hasSuffix("\nMend them: `osm analyze -f` tells of all that is wrong.\n"))
        }
        let invalid = try ManifestDirectory.shop(path: "/(books")
        let line = await Transcript.of(question + ["-f", invalid.path])
        #expect(line.status == 0)
        #expect(line.out.hasPrefix("DENIED  "))
        #expect(
            line.error.hasPrefix(
                "note: without effect: \(invalid.path)/b.yaml:6: HTTPRouteGroup shop/routes: spec.matches[0].pathRegex: "
            ))
    }

    @Test("names what cannot be compared")
    func diffOfNothing() async throws {
        let files = try ManifestDirectory(["a.yaml": ManifestDirectory.workloads])
        let nothing = await Transcript.of(["diff", "-f", files.path, "-f", "/nonexistent/manifests"])
        #expect(nothing.status == 1)
        #expect(
            nothing.error.contains("Error: reading manifests: there is no file or directory /nonexistent/manifests\n"))
        let empty = try ManifestDirectory(["a.txt": "no manifest"])
        let none = await Transcript.of(["diff", "-f", empty.path])
        #expect(none.status == 1)
        #expect(
            none.error == """
                Error: reading manifests: \(empty.path) holds no file that ends in .yaml, .yml or .json
                Give the path of manifests to -f.

                """)
        let cluster = await Transcript.of(["diff", "-f", files.path, "--kubeconfig", "/nonexistent/kubeconfig"])
        #expect(cluster.status == 1)
        #expect(cluster.error.hasPrefix("Error: comparing the mesh with \(files.path): "))
        #expect(cluster.error.contains("no kubeconfig at /nonexistent/kubeconfig"))
    }

    @Test("shows examples in each help text", arguments: ["policy explain", "analyze", "diff", "compile"])
    func help(words: String) async {
        let line = await Transcript.of(words.split(separator: " ").map(String.init) + ["--help"])
        #expect(line.status == 0)
        #expect(line.out.contains("\nEXAMPLES:\n"))
        #expect(line.out.contains("\n  osm \(words) "))
        // A line that is broken cannot be copied.
        let examples = line.out.components(separatedBy: "\nEXAMPLES:\n").last?.components(separatedBy: "\n\n").first
        let lines = examples?.split(separator: "\n") ?? []
        #expect(lines.count >= 2)
        #expect(lines.allSatisfy { $0.hasPrefix("  ") && $0.contains("osm \(words) ") }, "\(lines)")
    }

    @Test(
        "refuses wrong command lines",
        arguments: [
            ["policy", "explain"], ["policy", "explain", "--from", "a", "--to", "b/c"],
            ["policy", "explain", "--from", "a/b:80", "--to", "b/c"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c:0"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c:80", "--port", "81"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c", "--port", "0"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c", "--path", "x"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c", "--host", "x", "--header", "Host: y"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c", "--header", "x"],
            ["policy", "explain", "--from", "a/b", "--to", "b/c", "--expect", "maybe"],
            ["analyze", "--output", "yaml"], ["analyze", "--fail-on", "x"], ["diff"],
            ["diff", "-f", "a", "-f", "b", "-f", "c"], ["diff", "-f", "-", "-f", "-"],
            ["diff", "-f", "a", "-f", "b", "--prune"], ["compile"], ["compile", "--proxy", "x"],
            ["compile", "--proxy", "a/b:80"],
            ["compile", "--proxy", "a/b", "--lazy-above", "few"],
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
