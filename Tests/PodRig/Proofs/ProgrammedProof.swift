import Foundation

/// Whoever waits for `Programmed` and then sends meets the new policy.
struct ProgrammedProof: Proof {
    let name = "programmed"
    let promise =
        "requests that are sent once Programmed is true are answered by the new policy, on open connections too"

    func run(_ run: ProofRun) throws -> String {
        var tally = Tally()
        // The connections are open before the first edit.
        try tally.probes.check(run.policies, run, "before the edits")
        tally = Tally()
        for number in 0..<run.edits {
            let flip = Flip.number(number)
            try prepare(flip, run)
            // Each third edit finds a proxy slow, each proxy in its turn.
            let slow = number % 3 == 0 ? Self.slowProxy(number / 3, run.rig.pods) : nil
            var policies = run.policies
            flip.change(&policies)
            try enforce(policies, flip, run, slow, &tally)
            let edit = "edit \(number + 1), \(flip.kind) \(flip.place) (\(flip.remark))"
            try tally.probes.check(run.policies, run, edit)
            tally.edits[flip.kind, default: 0] += 1
            if (number + 1) % 100 == 0 {
                run.note("\(number + 1) edits, \(tally.probes.calls) calls, \(tally.probes.wrong) by another policy")
            }
        }
        for (kind, count) in tally.edits {
            run.expect("edits of a \(kind)", ">= \(run.edits / 20)", count >= run.edits / 20, seen: "\(count)")
        }
        let open = tally.probes.checks * ProofPods.clients.count * ProbeCalls.callsOnOpenConnections
        run.expect(
            "calls on connections that were open before the edits", "\(open)", seen: "\(tally.probes.callsOnOpen)")
        return tally.figures
    }

    private static func slowProxy(_ number: Int, _ pods: [RunningPod]) -> SlowProxy {
        let causes = SlowProxy.Cause.allCases
        return SlowProxy(pod: pods[number / causes.count % pods.count], cause: causes[number % causes.count])
    }

    /// Makes an edit one that calls can tell.
    private func prepare(_ flip: Flip, _ run: ProofRun) throws {
        for first in flip.prerequisites(run.policies) {
            var policies = run.policies
            first.change(&policies)
            try run.write(policies)
            try run.awaitProgrammed(first.kind, first.place)
        }
    }

    /// Makes an edit, and waits until it is programmed.
    ///
    /// - Parameter slow: a proxy that takes nothing for 0.3 s, or until the edit is programmed without it.
    private func enforce(
        _ policies: ProofPolicies, _ flip: Flip, _ run: ProofRun, _ slow: SlowProxy?, _ tally: inout Tally
    ) throws {
        try slow?.begin()
        let start = ContinuousClock.now
        try run.write(policies)
        guard let slow else {
            try run.awaitProgrammed(flip.kind, flip.place)
            tally.waits.append(start.duration(to: .now))
            return
        }
        do {
            try run.awaitProgrammed(flip.kind, flip.place, within: .milliseconds(300))
            // What is claimed now must hold there too: the one that is cut off is asked before it can catch up.
            if slow.cause == .cutOff {
                try tally.probes.check(run.policies, run, "with \(slow.pod.name) cut off, \(flip.remark)")
            }
            try slow.end()
        } catch let error as RigError where error.code == .timeout {
            tally.delayed += 1
            try slow.end()
            try run.awaitProgrammed(flip.kind, flip.place)
        }
    }
}

extension Flip {
    /// Round after round, each in another order, and each of them once in a round: their number has no odd divisor.
    fileprivate static func number(_ number: Int) -> Flip {
        let all = policies.dropLast(2) + [service]
        let round = number / all.count
        return all[(number * (1 + 2 * round) + round) % all.count]
    }
}

extension ProgrammedProof {
    /// What was edited and sent, and what came of it.
    fileprivate struct Tally {
        /// Edits by kind.
        var edits: [String: Int] = [:]
        /// How long edits took that no slow proxy held back.
        var waits: [Duration] = []
        /// Edits that a slow proxy held back.
        var delayed = 0
        var probes = ProbeTally()

        var figures: String {
            let kinds = edits.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            let median = waits.isEmpty ? 0 : waits.sorted()[waits.count / 2] / .milliseconds(1)
            return "\(edits.values.reduce(0, +)) edits (\(kinds)), each followed by requests once Programmed was true: "
                + "\(probes.calls) calls (\(probes.callsOnOpen) on open connections, \(probes.refused) refused), \(probes.wrong) answers by the old "
                + "policy; \(delayed) edits were held back by a slow proxy, the others were seen in the status after "
                + "\(Int(median.rounded())) ms (median)"
        }
    }
}
