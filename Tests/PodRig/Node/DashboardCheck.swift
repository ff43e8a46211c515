import Foundation

/// `osm dashboard` with a pod that answers in Grafana's place, until it is interrupted.
struct DashboardCheck {
    let run: NodeRun
    let namespace: String

    /// Runs it.
    func check() throws {
        try run.apply(NodeManifests.service("osm-grafana", in: namespace, selecting: "server"))
        try forwarding(to: 8080) { port in
            for _ in 0..<3 {
                let answer = try Command(["curl", "-s", "-m", "10", "http://127.0.0.1:\(port)/"]).check()
                run.expect("an answer through the dashboard's port", true, answer.contains("\"app\":\"server\""))
            }
            return ""
        }
        // Nobody listens there: each connection fails, and the dashboard says so and goes on.
        try forwarding(to: 4242) { port in
            for _ in 0..<2 {
                let outcome = try Command(["curl", "-s", "-m", "10", "http://127.0.0.1:\(port)/"]).run()
                run.expect("an answer of a port where nobody listens", false, outcome.status == 0)
            }
            return "[+] port-forward \(namespace)/server-"
        }
        try managed()
    }

    /// Runs a dashboard until it is interrupted.
    ///
    /// - Parameter body: What is done with its port here; what lines of its output are then to begin with.
    private func forwarding(to remotePort: Int, _ body: (_ port: Substring) throws -> String) throws {
        let output = "\(run.cluster.directory)/dashboard-\(remotePort).out"
        try Data().write(to: URL(filePath: output))
        func text() throws -> String { try String(contentsOfFile: output, encoding: .utf8) }
        let process = try Command([
            run.cluster.programs.command, "dashboard", "--osm-namespace", namespace, "--remote-port", "\(remotePort)",
            "--local-port", "0", "--open-browser", "false", "--kubeconfig", run.kubectl.kubeconfig,
        ]).process(environment: Kubectl.environment)
        let file = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardOutput = file
        process.standardError = file
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        let port = try Waiting.until("the dashboard", explanation: { (try? text()) ?? "" }) { () -> Substring? in
            try text().firstMatch(of: /successful \(localhost:(\d+)\)/).map { $0.output.1 }
        }
        let line = try body(port)
        run.expect("that the dashboard goes on", true, process.isRunning)
        process.interrupt()
        process.waitUntilExit()
        run.expect("the exit status of an interrupted dashboard", 0, process.terminationStatus)
        let lines = try text().split(separator: "\n")
        run.expect("a line `\(line)...` of the dashboard", true, lines.contains { $0.hasPrefix(line) })
        run.expect("the dashboard's last line", "[+] SIGINT/TERM received, closing", lines.last.map(String.init) ?? "")
    }

    /// A mesh that somebody else runs has no such commands.
    private func managed() throws {
        let file = "\(run.cluster.directory)/managed.yaml"
        try Data("install: {kind: managed, distribution: Acme}\n".utf8).write(to: URL(filePath: file))
        for words in [["dashboard"], ["install"], ["mesh", "upgrade"]] {
            let command = try Command(
                [run.cluster.programs.command] + words + ["--kubeconfig", run.kubectl.kubeconfig])
            let outcome = try command.run(environment: Kubectl.environment.merging(["OSM_CONFIG": file]) { $1 })
            let name = "osm \(words.joined(separator: " "))"
            run.expect("the exit status of \(name) for a managed mesh", 1, outcome.status)
            run.expect(
                "the words of \(name) for a managed mesh", true,
                outcome.errors.hasPrefix("Error: \(name) is not for a managed mesh of Acme\n"))
        }
    }
}
