import Foundation
import TestCluster
import Testing

@Suite("hack/cluster.sh")
struct ClusterScriptTests {
    /// What a watch of namespaces from a revision on sends within two seconds.
    private func events(_ cluster: TestCluster, after revision: String) async throws -> String {
        let path = "/api/v1/namespaces?watch=true&resourceVersion=\(revision)&timeoutSeconds=2"
        let outcome = try await cluster.kubectl(["get", "--raw", path])
        return outcome.stdout + outcome.stderr
    }

    /// The revision of a namespace.
    private func revision(_ cluster: TestCluster, of namespace: String) async throws -> String {
        try await cluster.kubectlOutput(["get", "namespace", namespace, "-o", "jsonpath={.metadata.resourceVersion}"])
    }

    @Test("up starts a cluster that answers, knows its pods' service accounts, and says what runs")
    func running() async throws {
        let cluster = try await TestCluster.shared()
        let status = try await cluster.status()
        #expect(status.status == 0)
        #expect(status.stdout.contains("\(cluster.server)\n"))
        #expect(status.stdout.contains("version     \(cluster.version)\n"))
        let server = try #require(try cluster.processIdentifier(of: "kube-apiserver"))
        #expect(status.stdout.contains("pid \(server) "))
        let (first, second) = (try await cluster.createNamespace("rig"), try await cluster.createNamespace("rig"))
        #expect(first != second)
        let names = try await cluster.kubectlOutput(["get", "namespaces", "-o", "name"])
        #expect(names.contains("namespace/\(first)\n") && names.contains("namespace/\(second)\n"))
    }

    @Test("The administrator's certificate and token are accepted, others are not", arguments: [true, false])
    func credentials(valid: Bool) async throws {
        let cluster = try await TestCluster.shared()
        let token = valid ? cluster.adminToken : String(cluster.adminToken.reversed())
        // The kubeconfig holds a client certificate, which would win: this one holds nothing but the server.
        let kubeconfig = FileManager.default.temporaryDirectory.appending(path: "osm-kubeconfig-\(UUID().uuidString)")
        try Data().write(to: kubeconfig)
        defer { try? FileManager.default.removeItem(at: kubeconfig) }
        let outcome = try await cluster.kubectl([
            "--kubeconfig", kubeconfig.path, "--server", cluster.server, "--insecure-skip-tls-verify",
            "--token", token, "get", "namespace", "default", "-o", "name",
        ])
        #expect((outcome.status == 0) == valid)
        #expect((outcome.stdout == "namespace/default\n") == valid)
    }

    @Test("A second up says that the cluster runs; a stopped server comes back with its port, data and etcd")
    func restart() async throws {
        try await TestCluster.withOwn(TestCluster.Options(hasControllerManager: false)) { cluster in
            let name = try await cluster.createNamespace("kept")
            let before = try cluster.processIdentifier(of: "kube-apiserver")
            let etcd = try cluster.processIdentifier(of: "etcd")
            #expect(try await cluster.up().contains("already up at \(cluster.server)"))
            #expect(try cluster.processIdentifier(of: "kube-apiserver") == before)

            try await cluster.stopServer()
            #expect(try await cluster.status().status != 0)
            #expect(try await cluster.kubectl(["get", "namespaces"]).status != 0)
            try await cluster.startServer()
            #expect(try await cluster.status().stdout.contains("\(cluster.server)\n"))
            #expect(try await cluster.kubectlOutput(["get", "namespace", name, "-o", "name"]) == "namespace/\(name)\n")
            #expect(try cluster.processIdentifier(of: "kube-apiserver") != before)
            #expect(try cluster.processIdentifier(of: "etcd") == etcd)
        }
    }

    @Test(
        "After a compaction, an old watch that reaches etcd gets 410, a new one does not; the audit log has the writes")
    func compaction() async throws {
        let options = TestCluster.Options(
            hasControllerManager: false, hasAuditLog: true, serverFlags: ["--watch-cache=false"])
        try await TestCluster.withOwn(options) { cluster in
            let revision = try await revision(cluster, of: try await cluster.createNamespace("old"))
            let second = try await cluster.createNamespace("second")
            let newest = try await cluster.createNamespace("newest")
            let before = try await events(cluster, after: revision)
            #expect(before.contains("\"\(second)\"") && before.contains("\"\(newest)\""))
            #expect(!before.contains(#""code":410"#))

            try await cluster.compact()
            let after = try await events(cluster, after: revision)
            #expect(after.contains("\"code\":410") && !after.contains(second) && !after.contains(newest))
            // The newest revision is all that etcd still knows.
            let current = try await self.revision(cluster, of: newest)
            _ = try await cluster.createNamespace("next")
            let since = try await events(cluster, after: current)
            #expect(since.contains("\"next-") && !since.contains(#""code":410"#))

            let requests = try String(contentsOf: cluster.auditLog, encoding: .utf8).split(separator: "\n")
            let writes = requests.filter { $0.contains("\"verb\":\"create\"") && $0.contains("\"\(newest)\"") }
            #expect(writes.count == 1)
            #expect(writes.allSatisfy { $0.contains("\"username\":\"admin\"") && $0.contains("\"code\":201") })
        }
    }

    @Test("down leaves no process and no file")
    func down() async throws {
        let cluster = try await TestCluster.own()
        let programs = ["etcd", "kube-apiserver", "kube-controller-manager", "watchdog"]
        let processes = try programs.compactMap { try cluster.processIdentifier(of: $0) }
        #expect(processes.count >= 3)
        #expect(processes.allSatisfy { isRunning($0) })
        try await cluster.down()
        #expect(processes.filter { isRunning($0) } == [])
        #expect(!FileManager.default.fileExists(atPath: cluster.kubeconfigPath))
    }

    @Test(
        "A cluster ends, and its data with it, when the process that it was started for ends",
        .timeLimit(.minutes(10)))
    func watchdog() async throws {
        let parent = Process()
        // It ends with this process at the latest.
        parent.executableURL = URL(filePath: "/usr/bin/tail")
        parent.arguments = ["--pid=\(ProcessInfo.processInfo.processIdentifier)", "-f", "/dev/null"]
        try parent.run()
        let options = TestCluster.Options(hasControllerManager: false, parent: parent.processIdentifier)
        let cluster = try await TestCluster.own(options)
        let processes = try ["etcd", "kube-apiserver"].compactMap { try cluster.processIdentifier(of: $0) }
        #expect(processes.count == 2)
        #expect(processes.allSatisfy { isRunning($0) })
        kill(parent.processIdentifier, SIGKILL)
        while FileManager.default.fileExists(atPath: cluster.kubeconfigPath) || processes.contains(where: isRunning) {
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Whether a process is there and has not ended.
    private func isRunning(_ process: Int32) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return stat.split(separator: ") ").last?.first != "Z"
    }
}
