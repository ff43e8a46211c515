import Injector
import TestCluster
import Testing

@Suite("Injection")
struct InjectionTests {
    @Test("Each pod has the outcome that its case says", arguments: try InjectionCase.all())
    func outcome(_ entry: InjectionCase) throws {
        let submitted = try entry.submitted
        switch try entry.outcome(of: submitted) {
        case .unchanged: #expect(entry.outcome == "unchanged")
        case .denied(let reason):
            #expect(entry.outcome == "denied", "\(reason)")
            let message = try #require(entry.message, "a case that is denied says why")
            #expect(reason.contains(message), "\(reason)")
        case .patched(let patch, let warnings):
            #expect(entry.outcome == "patched")
            let pod = try submitted.patched(by: patch)
            try check(entry, pod)
            #expect(warnings.count == entry.warnings?.count ?? 0, "\(warnings)")
            for (warning, expected) in zip(warnings, entry.warnings ?? []) {
                #expect(warning.contains(expected), "\(warning)")
            }
            try checkSecondTime(entry, pod, warnings)
            #expect(try entry.outcome(of: submitted) == .patched(patch: patch, warnings: warnings), "the same again")
        }
    }

    /// A second time nothing changes, and nothing is said that was not said before.
    private func checkSecondTime(_ entry: InjectionCase, _ pod: Tree, _ warnings: [String]) throws {
        switch try entry.outcome(of: pod) {
        case .unchanged: break
        case .denied(let reason): Issue.record("a second time it is denied: \(reason)")
        case .patched(let patch, let further):
            #expect(String(decoding: patch, as: UTF8.self) == "[]", "a second time nothing changes")
            #expect(!further.isEmpty && Set(further).isSubset(of: warnings), "\(further)")
        }
    }

    private func check(_ entry: InjectionCase, _ pod: Tree) throws {
        var tree = pod
        let proxies = (pod["spec"]["initContainers"].list + pod["spec"]["containers"].list)
            .filter { $0["name"] == "envoy" }
        try #require(proxies.count == 1)
        let arguments = proxies[0]["args"].list.compactMap(\.text)
        try #require(arguments.first == "--config-yaml")
        tree["bootstrap"] = try Tree(json: arguments[1])
        for (path, expected) in entry.expect ?? [:] {
            let value = tree.value(at: path)
            let (contained, lacking) = (texts(expected["contains"]), texts(expected["lacks"]))
            guard !contained.isEmpty || !lacking.isEmpty else {
                #expect(value == expected, "\(path)")
                continue
            }
            let text = try #require(value.text, "\(path)")
            for part in contained { #expect(text.contains(part), "\(path): \(part)") }
            for part in lacking { #expect(!text.contains(part), "\(path): \(part)") }
        }
    }

    private func texts(_ tree: Tree) -> [String] { tree.text.map { [$0] } ?? tree.list.compactMap(\.text) }

    @Test("There are at least 60 cases, each with a name of its own")
    func number() throws {
        let cases = try InjectionCase.all()
        #expect(cases.count >= 60)
        #expect(Set(cases.map(\.name)).count == cases.count)
        let moving = try InjectionCase.moving().count
        #expect(moving >= 3 && moving < cases.count(where: \.hasLaterChanges))
    }

    @Test("What the sidecar adds keeps to Pod Security's profile restricted, but for the container that redirects")
    func podSecurity() throws {
        var patched = 0
        for entry in try InjectionCase.all() {
            guard case .patched(let patch, _) = try entry.outcome(of: entry.submitted) else { continue }
            patched += 1
            var spec = try entry.submitted.patched(by: patch)["spec"]
            for list in ["initContainers", "containers"] {
                let own = spec[list].list.filter { ["envoy", "osm-healthcheck", "osm-init"].contains($0["name"].text) }
                spec[list] = own.isEmpty ? .null : .list(own)
            }
            spec["securityContext"] = .null
            let violations = PodSecurity.violations(of: spec)
            #expect(
                violations.allSatisfy { $0.contains("initContainers[0]") }
                    && (spec["initContainers"].list.first?["name"] == "osm-init" || violations.isEmpty),
                "\(entry.name): \(violations)")
        }
        #expect(patched > 40)
    }
}

extension OnRealServer {
    @Suite("Injected pods")
    struct InjectedPodTests {
        @Test("The API server accepts every pod that was given a sidecar")
        func accepted() async throws {
            let cluster = try await TestCluster.shared()
            _ = try await cluster.kubectlOutput(["create", "namespace", "shop"])
            var documents: [String] = []
            for (index, entry) in try InjectionCase.all().enumerated() {
                guard case .patched(let patch, _) = try entry.outcome(of: entry.submitted) else { continue }
                // Native sidecars and gRPC probes are refused by servers that do not have them.
                guard !entry.isNative, !entry.isUnsupported else { continue }
                var pod = try entry.submitted.patched(by: patch)
                pod.set(["metadata", "name"], to: .text("case-\(index)"))
                pod.set(["metadata", "ownerReferences"], to: .null)
                documents.append(try pod.json)
            }
            try #require(documents.count > 40)
            let output = try await cluster.kubectlOutput(
                ["create", "--dry-run=server", "-o", "name", "-f", "-"], input: documents.joined(separator: "\n---\n"))
            #expect(output.split(separator: "\n").count == documents.count)
        }

        @Test("Kubernetes moves what redirects to the place that is meant", arguments: try InjectionCase.moving())
        func moves(_ entry: InjectionCase) async throws {
            let cluster = try await TestCluster.shared()
            guard case .patched(let patch, _) = try entry.outcome(of: entry.submitted) else { return }
            let pod = try entry.submitted.patched(by: patch)
            let names = pod["spec"]["initContainers"].list.compactMap(\.["name"].text)
            // The same code as the API server's.
            let output = try await cluster.kubectlOutput(
                [
                    "patch", "--local", "-f", "-", "--type=json", "-p", String(decoding: patch, as: UTF8.self), "-o",
                    "jsonpath={.spec.initContainers[*].name}",
                ], input: try entry.submitted.json)
            #expect(output.split(separator: " ").map(String.init) == names)
        }
    }
}
