import Foundation

/// Every Deployment is restarted under steady traffic.
struct RestartsProof: NodeProof {
    let name = "restarts"
    let promise =
        "a rolling restart of every Deployment fails no request, if applications finish what they began; else only what they began, or had in a connection that ended with them"

    private static let namespace = "restarts"
    /// It takes a tenth of a second, so that some requests are under way when an application ends.
    private static let path = "/delay/100"

    func run(_ run: NodeRun) throws -> String {
        let namespace = Self.namespace
        let rate = run.isSoak ? 100 : 30
        try run.makeNamespace(namespace, accounts: ["server", "rude", "client", "client-rude"])
        func load(_ target: String) -> [String] {
            [
                "load", "--url=http://\(target).\(namespace):8080\(Self.path)", "--rate=\(rate)", "--report-ms=500",
                "--trace",
            ]
        }
        let ready = "readinessProbe: {httpGet: {path: /health, port: 8080}, periodSeconds: 1}\n"
        let serve = ["serve", "--http=8080", "--trace"]
        try run.apply(
            NodeManifests.service("server", in: namespace) + NodeManifests.service("rude", in: namespace)
                + NodeManifests.deployment(
                    "server", in: namespace, replicas: 2, arguments: serve + ["--name=server"], more: ready)
                + NodeManifests.deployment(
                    "rude", in: namespace, replicas: 2, arguments: serve + ["--name=rude", "--abrupt"], more: ready))
        try run.cluster.awaitRollouts(in: namespace)
        try run.apply(
            NodeManifests.deployment("client", in: namespace, arguments: load("server"))
                + NodeManifests.deployment("client-rude", in: namespace, arguments: load("rude")))
        try run.cluster.awaitRollouts(in: namespace)
        let logs = NodeLogs(run.cluster)
        try awaitRequests(logs)
        for round in 1...(run.isSoak ? 5 : 1) {
            run.note("round \(round)")
            for deployment in ["server", "client", "rude", "client-rude"] {
                try run.kubectl.check(["rollout", "restart", "deployment/\(deployment)", "--namespace", namespace])
                try run.cluster.awaitRollouts(in: namespace)
                // The pods that are replaced end after that.
                try awaitPods(run, deployment)
            }
        }
        try awaitRequests(logs)
        let graceful = logs.load(of: "client", in: namespace)
        run.expect("requests that failed with applications that finish what they began", 0, graceful.failed)
        if graceful.failed > 0 { run.note(graceful.failures) }
        let (failed, begun, cut) = explain(run, logs)
        let rude = logs.load(of: "client-rude", in: namespace)
        let figures =
            "\(graceful.done) requests to applications that finish what they began, \(graceful.failed) failed; "
            + "\(rude.done) to ones that exit at once, \(failed) failed, of which \(begun) were begun and \(cut) ended with their connection"
        try run.remove(namespace)
        return figures
    }

    /// Returns when both clients have had some more answers.
    private func awaitRequests(_ logs: NodeLogs) throws {
        for client in ["client", "client-rude"] {
            let before = logs.load(of: client, in: Self.namespace).done
            try Waiting.until("requests of \(client)", pause: .milliseconds(500)) { () -> Void? in
                logs.load(of: client, in: Self.namespace).done > before + 50 ? () : nil
            }
        }
    }

    private func awaitPods(_ run: NodeRun, _ deployment: String) throws {
        let words = ["get", "pods", "--namespace", Self.namespace, "--selector", "app=\(deployment)", "-o", "name"]
        let wanted = deployment.hasPrefix("client") ? 1 : 2
        try Waiting.until("the replaced pods of \(deployment) to end", within: .seconds(90), pause: .milliseconds(500))
        {
            () -> Void? in
            try run.kubectl.check(words).split(separator: "\n").count == wanted ? () : nil
        }
    }

    /// What the requests that failed with rude applications failed of.
    private func explain(_ run: NodeRun, _ logs: NodeLogs) -> (failed: Int, begun: Int, cut: Int) {
        let failed = logs.failedCalls(of: "client-rude", in: Self.namespace)
        let begun = logs.begun(by: "rude", in: Self.namespace)
        let access = logs.lines(of: "rude", in: Self.namespace, container: "envoy")
        var (hasBegun, wasCut) = (0, 0)
        for (call, how) in failed {
            let uri = "\(Self.path)?call=\(call)"
            if begun.contains(uri) {
                hasBegun += 1
            } else if access.contains(where: { $0.line.contains("\(uri)\"") && $0.line.contains("\"UC\"") }) {
                wasCut += 1
            } else {
                run.object(
                    "\(call) failed (\(how)), and neither was it begun nor did its connection end with the application")
            }
        }
        return (failed.count, hasBegun, wasCut)
    }
}
