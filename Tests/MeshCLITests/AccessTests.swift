import Foundation
import Testing

@Suite("What osm says of a cluster that it cannot use")
struct AccessTests {
    private static let commands = [
        ["mesh", "list"], ["namespace", "list"], ["namespace", "add", "x"], ["status"], ["proxy", "status"],
        ["proxy", "get", "stats", "x"], ["verify", "control-plane-health"], ["version"],
        ["namespace", "remove", "x"], ["namespace", "ignore", "x"], ["proxy", "set", "x", "y"],
        ["proxy", "status", "x"],
        ["verify", "connectivity", "--from-pod", "a/b", "--to-pod", "c/d"],
        [
            "verify", "ingress", "--from-service", "a/b", "--to-pod", "c/d", "--to-service", "e", "--ingress-backend",
            "f",
            "--to-port", "80",
        ],
        ["support", "bug-report", "--all"], ["metrics", "disable", "--namespace", "x"],
        ["metrics", "enable", "--namespace", "x"], ["policy", "check-pods", "a", "b"],
        ["policy", "check-conflicts", "IngressBackend", "-n", "x"], ["dashboard"], ["support", "bug-report"],
        ["alpha", "certificate", "rotate", "-y"], ["policy", "explain", "--from", "a/b", "--to", "c/d"], ["analyze"],
        ["compile", "--proxy", "a/b"],
    ]

    @Test("A kubeconfig that is not there is named", arguments: commands)
    func missing(command: [String]) async {
        let line = await Transcript.of(command + ["--kubeconfig", "/no/such/kubeconfig"])
        #expect(line.status == 1)
        #expect(line.error.hasPrefix("Error: "))
        #expect(line.error.contains("no kubeconfig at /no/such/kubeconfig"))
    }

    @Test("A context that is not there is named")
    func context() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString).kubeconfig")
        try Data("contexts: [{name: x, context: {cluster: x}}]\nclusters: []\n".utf8).write(to: path)
        let line = await Transcript.of(["mesh", "list", "--kubeconfig", path.path, "--context", "y"])
        #expect(line.status == 1)
        #expect(line.error.contains("context y: does not exist; there are: x"))
    }

    @Test("A server that is not there is named, and what to do", arguments: commands)
    func unreachable(command: [String]) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString).kubeconfig")
        // Port 1 of this host refuses.
        try Data(
            """
            current-context: x
            contexts: [{name: x, context: {cluster: x}}]
            clusters: [{name: x, cluster: {server: "http://127.0.0.1:1"}}]
            """.utf8
        ).write(to: path)
        let line = await Transcript.of(command + ["--kubeconfig", path.path])
        #expect(line.status == 1)
        #expect(line.error.contains("http://127.0.0.1:1 cannot be reached"))
        #expect(line.error.contains("name another with --kubeconfig and --context"))
    }

    @Test("A permission that is missing is named")
    func forbidden() async throws {
        let cluster = try await CommandCluster.shared()
        let path = try await cluster.powerlessKubeconfig()
        for command in Self.commands where command != ["support", "bug-report"] {
            let line = await Transcript.of(command + ["--kubeconfig", path])
            #expect(line.status == 1, "\(command)")
            #expect(line.error.contains("forbidden"), "\(command): \(line.error)")
            #expect(line.error.contains("Ask for the permission"), "\(command): \(line.error)")
        }
        // A report is made of what can be had, but not of nothing.
        let report = await Transcript.of(["support", "bug-report", "--kubeconfig", path])
        #expect(report.status == 1)
        #expect(report.error.contains("x Failed to collect information on meshed namespaces: "))
        #expect(
            report.error.hasSuffix(
                "Error: collecting a bug report: nothing could be collected\nSee above what each part lacks.\n"))
    }
}
