/// Calls over IPv6 are redirected and decided as those over IPv4.
struct IPv6Proof: Proof {
    let name = "ipv6"
    let promise = "a call to an IPv6 ClusterIP goes through both proxies, and is allowed or refused"

    func run(_ run: ProofRun) throws -> String {
        var policies = ProofPolicies()
        policies.hasOtherEchoPort = false
        try run.write(policies)
        try run.awaitProgrammed("TCPRoute", "shop/echo")
        let web = "[\(ProofPods.webIPv6Address)]:\(ProofPods.webPort)"
        for (path, status) in [("/ok", "200"), ("/never", "403")] {
            for client in ProofPods.clients {
                var call = Call("GET", "http://\(web)\(path)")
                call.times = 20
                let answers = try run.rig.pod(client).call(call)
                let others = Set(answers.map(\.text)).subtracting([status])
                run.expect("\(client) GET \(path) over IPv6", status, others.isEmpty, seen: others.sorted().joined())
                let strangers = Set(answers.compactMap(\.app)).subtracting(policies.answering)
                run.expect("others who answer \(client)", "", seen: strangers.sorted().joined(separator: ", "))
            }
        }
        let echo = "[\(ProofPods.echoIPv6Address)]"
        try expect(run, "client-1", "\(echo):\(ProofPods.echoPort)", isGreeted: false, app: "echo")
        try expect(run, "client-1", "\(echo):\(ProofPods.otherEchoPort)", isGreeted: false, app: nil)
        let database = "[\(try run.rig.pod("db-1").specification.ipv6Address ?? "")]:\(ProofPods.databasePort)"
        try expect(run, "client-1", database, isGreeted: true, app: "db-1")
        try expect(run, "client-2", database, isGreeted: true, app: nil)
        return "80 requests (40 allowed, 40 refused) and 4 connections (2 allowed, 2 refused) as the policies say"
    }

    private func expect(_ run: ProofRun, _ client: String, _ address: String, isGreeted: Bool, app: String?) throws {
        let outcome = try run.rig.pod(client).call(TCPCall(address, isGreeted: isGreeted, line: "hello"))
        if let app {
            run.expect(
                "\(client) to \(address)", "an answer of \(app)", outcome.app == app, seen: outcome.text)
        } else {
            let isRefused = !outcome.isAnswered && outcome.bytes == 0 && outcome.end != "timeout"
            run.expect("\(client) to \(address)", "an end without a byte", isRefused, seen: outcome.text)
        }
    }
}
