import Foundation

extension NodeCluster {
    /// What the load in the pods of a Deployment reported, from a moment on.
    ///
    /// - Parameters:
    ///   - deployment: `NAMESPACE/NAME`; its pods have the label `app` with that name.
    ///   - time: Seconds since 1970: reports that began before are left out.
    ///   - container: The application's.
    func load(of deployment: String, since time: Double, interval: Double = 2, container: String = "app") throws
        -> LoadReport
    {
        let parts = deployment.split(separator: "/").map(String.init)
        let output = try kubectl.check(
            ["logs", "--namespace", parts[0], "--selector", "app=\(parts[1])", "--container", container, "--tail=-1"])
        return output.split(separator: "\n").compactMap { line in
            try? JSONDecoder().decode(LoadReport.self, from: Data(line.utf8))
        }.filter { $0.total != true && $0.t - interval > time }.reduce(.nothing, +)
    }

    /// Waits for reports of a load that began after now, until enough requests are in them.
    func awaitLoad(of deployment: String, requests: Int, within limit: Duration = .seconds(60)) throws -> LoadReport {
        let time = Date().timeIntervalSince1970
        var last = LoadReport.nothing
        return try Waiting.until(
            "\(requests) requests of \(deployment)", within: limit, pause: .milliseconds(500),
            explanation: { "\(last)" }
        ) {
            last = try load(of: deployment, since: time)
            return last.done >= requests ? last : nil
        }
    }

    /// Prints what a person sees by a command of kubectl.
    func show(_ words: [String]) throws {
        Output.say("")
        Output.say("    $ kubectl \(words.joined(separator: " "))")
        for line in try kubectl.check(words).split(separator: "\n") { Output.say("    \(line)") }
    }

    /// Changes an object by a merge patch, and returns when it is Ready again.
    func patch(_ resource: String, _ name: String, in namespace: String, _ patch: String) throws {
        try kubectl.check(
            ["patch", resource, name, "--namespace", namespace, "--type", "merge", "--patch", patch])
        try kubectl.check(
            ["wait", "\(resource)/\(name)", "--namespace", namespace, "--for", "condition=Programmed", "--timeout=60s"])
    }
}
