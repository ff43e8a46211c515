import Foundation

/// `osm dashboard` with a pod that answers in Grafana's place, until it is interrupted.
struct DashboardCheck {
    let run: NodeRun
    let namespace: String

    /// Runs it.
    func check() throws {
        try run.apply(NodeManifests.service("osm-grafana", in: namespace, selecting: "server"))
        let output = "\(run.cluster.directory)/dashboard.out"
        try Data().write(to: URL(filePath: output))
        let process = try Command([
            run.cluster.programs.command, "dashboard", "--osm-namespace", namespace, "--remote-port", "8080",
            "--local-port", "0", "--open-browser", "false", "--kubeconfig", run.kubectl.kubeconfig,
        ]).process(environment: Kubectl.environment)
        let file = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardOutput = file
        process.standardError = file
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        let port = try Waiting.until(
            "the dashboard", explanation: { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
        ) { () -> Substring? in
            let text = try String(contentsOfFile: output, encoding: .utf8)
            return text.firstMatch(of: /successful \(localhost:(\d+)\)/).map { $0.output.1 }
        }
        for _ in 0..<3 {
            let answer = try Command(["curl", "-s", "-m", "10", "http://127.0.0.1:\(port)/"]).check()
            run.expect("an answer through the dashboard's port", true, answer.contains("\"app\":\"server\""))
        }
        process.interrupt()
        process.waitUntilExit()
        run.expect("the exit status of an interrupted dashboard", 0, process.terminationStatus)
    }
}
