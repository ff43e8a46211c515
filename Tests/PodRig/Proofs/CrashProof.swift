import Foundation

/// The controller dies and comes back, and nobody notices.
struct CrashProof: Proof {
    let name = "crash"
    let promise = "kill -9 of the controller under load and a restart: nothing fails, is sent again or issued again"

    /// What the controller did after a restart.
    private struct Aftermath {
        /// How long the last proxy took to come back.
        let seconds: Double
        let acknowledgements: [ControllerLog.Acknowledgement]
        let issued: Int

        /// The responses with resources in them.
        var sent: [ControllerLog.Acknowledgement] { acknowledgements.filter { $0.resources > 0 } }
        var bytes: Int { sent.map(\.bytes).reduce(0, +) }
        /// What was sent, for people.
        var text: String {
            sent.map { "\($0.bytes) bytes in \($0.resources) \($0.type) to \($0.proxy)" }.sorted()
                .joined(separator: ", ")
        }
    }

    func run(_ run: ProofRun) throws -> String {
        // Removals that an edit left for later are no answer to a restart.
        try run.awaitQuiet()
        try run.startTraffic()
        Thread.sleep(forTimeInterval: 1)
        let first = try restart(run)
        run.expect("what is sent after a restart", "", seen: first.text)
        run.expect("resources removed", "0", seen: "\(first.acknowledgements.map(\.removed).reduce(0, +))")
        run.expect("certificates issued", "0", seen: "\(first.issued)")

        // An edit that is made meanwhile is all that is sent.
        var policies = run.policies
        policies.weights = [10, 90]
        let second = try restart(run) { try run.write(policies) }
        // Those of the two ports that are split.
        let routes = second.sent.filter { $0.type == "RouteConfiguration" && $0.resources == 2 }
        let receivers = routes.map(\.proxy).sorted()
        run.expect(
            "what is sent after a restart with an edited split", "2 RouteConfiguration to each client",
            receivers == ProofPods.clients.map { "clients/\($0)" } && second.sent.count == receivers.count,
            seen: second.text)
        run.expect("certificates issued after the edit", "0", seen: "\(second.issued)")
        try run.awaitAllReady()

        let figures = try run.finishTraffic()
        return
            "\(run.rig.pods.count) proxies back \(first.seconds) s after a restart 3 s after kill -9: \(first.bytes) bytes "
            + "of resources sent, \(first.issued) certificates issued; again with an edit meanwhile: \(second.text); "
            + figures
    }

    /// Kills the controller, starts it again, and waits until everybody is back and five seconds more.
    private func restart(_ run: ProofRun, meanwhile edit: () throws -> Void = {}) throws -> Aftermath {
        let rig = run.rig
        rig.controller.crash()
        try edit()
        Thread.sleep(forTimeInterval: 3)
        rig.controller.log.refresh()
        let start = rig.controller.log.count
        try rig.controller.start()
        let begin = ContinuousClock.now
        let proxies = Set(rig.pods.map { "\($0.specification.name)" })
        try Waiting.until("all proxies to be back") { () -> Void? in
            rig.controller.log.refresh()
            let status = try run.status()
            let isBack = status.proxies.allSatisfy { $0.connected && $0.acknowledged >= status.revision }
            return isBack && rig.controller.log.connections(from: start) == proxies ? () : nil
        }
        let seconds = begin.duration(to: .now) / .seconds(1)
        Thread.sleep(forTimeInterval: 5)
        rig.controller.log.refresh()
        return Aftermath(
            seconds: (seconds * 10).rounded() / 10, acknowledgements: rig.controller.log.acknowledgements(from: start),
            issued: rig.controller.log.certificates(from: start))
    }
}

extension ControllerLog {
    /// How many certificates were issued from an event on.
    func certificates(from index: Int) -> Int {
        events[index...].count { event in
            guard case .other(let fields) = event else { return false }
            return fields["message"] == "certificate issued"
        }
    }
}
