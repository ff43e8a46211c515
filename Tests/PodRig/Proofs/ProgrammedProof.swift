import Foundation

/// Whoever waits for `Programmed` and then sends meets the new policy.
struct ProgrammedProof: Proof {
    let name = "programmed"
    let promise =
        "requests that are sent once Programmed is true are answered by the new policy, on open connections too"

    func run(_ run: ProofRun) throws -> String {
        var tally = Tally()
        // The connections are open before the first edit.
        try check(run, "before the edits", &tally)
        tally = Tally()
        for number in 0..<run.edits {
            let flip = Flip.number(number)
            try prepare(flip, run)
            // Each third edit finds a proxy slow, each proxy in its turn.
            let slow = number % 3 == 0 ? Self.slowProxy(number / 3, run.rig.pods) : nil
            var policies = run.policies
            flip.change(&policies)
            try enforce(policies, flip, run, slow, &tally)
            try check(run, "edit \(number + 1), \(flip.kind) \(flip.place) (\(flip.remark))", &tally)
            tally.edits[flip.kind, default: 0] += 1
            if (number + 1) % 100 == 0 {
                run.note("\(number + 1) edits, \(tally.calls) calls, \(tally.wrong) by another policy")
            }
        }
        for (kind, count) in tally.edits {
            run.expect("edits of a \(kind)", ">= \(run.edits / 20)", count >= run.edits / 20, seen: "\(count)")
        }
        let open = tally.checks * ProofPods.clients.count * ProbeCalls.callsOnOpenConnections
        run.expect("calls on connections that were open before the edits", "\(open)", seen: "\(tally.callsOnOpen)")
        return tally.figures
    }

    private static func slowProxy(_ number: Int, _ pods: [RunningPod]) -> SlowProxy {
        let causes = SlowProxy.Cause.allCases
        return SlowProxy(pod: pods[number / causes.count % pods.count], cause: causes[number % causes.count])
    }

    /// Makes an edit one that calls can tell.
    private func prepare(_ flip: Flip, _ run: ProofRun) throws {
        var policies = run.policies
        // What a path or a source decides cannot be seen while everything is allowed.
        if flip.kind != "MeshConfig", policies.isPermissive {
            policies.isPermissive = false
            try run.write(policies)
            try run.awaitProgrammed("MeshConfig", "osm-system/osm-mesh-config")
        }
        // Nor can a port while connections go nowhere.
        if flip.kind == "TCPRoute", policies.echoWeights[0] == 0 {
            policies.echoWeights = [100, 0]
            try run.write(policies)
            try run.awaitProgrammed("TrafficSplit", "shop/echo")
        }
        if flip.place == "shop/echo", flip.kind == "TrafficSplit", !policies.hasOtherEchoPort {
            policies.hasOtherEchoPort = true
            try run.write(policies)
            try run.awaitProgrammed("TCPRoute", "shop/echo")
        }
        // Nor can a source while nothing has the path.
        if flip.kind == "TrafficTarget", flip.place == "shop/flip", !policies.hasFlipPath {
            policies.hasFlipPath = true
            try run.write(policies)
            try run.awaitProgrammed("HTTPRouteGroup", "shop/flip")
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
            if slow.cause == .cutOff { try check(run, "with \(slow.pod.name) cut off, \(flip.remark)", &tally) }
            try slow.end()
        } catch let error as RigError where error.code == .timeout {
            tally.delayed += 1
            try slow.end()
            try run.awaitProgrammed(flip.kind, flip.place)
        }
    }

    /// Sends what tells one policy from the other, all at once.
    private func check(_ run: ProofRun, _ occasion: String, _ tally: inout Tally) throws {
        tally.checks += 1
        let calls = try ProofPods.clients.map { try ProbeCalls(of: $0, run.policies, run.rig) }
        for calls in calls { try run.prober(calls.client).send(calls.requests) }
        for calls in calls {
            let answers = try run.prober(calls.client).collect(calls.requests.count)
            for (call, answer) in zip(calls.all, answers) {
                tally.calls += 1
                if call.request.connection != nil, !answer.isFirst { tally.callsOnOpen += 1 }
                if !call.isAllowed { tally.refused += 1 }
                guard !call.isMet(by: answer) else { continue }
                tally.wrong += 1
                run.expect("\(occasion): \(calls.client) \(call.what)", call.expected, false, seen: answer.text)
            }
        }
    }
}

extension ProgrammedProof {
    /// An edit of one object, which turns something over that calls can tell.
    fileprivate struct Flip: Sendable {
        let kind: String
        let place: String
        /// What it decides, in the words of an objection.
        let remark: String
        let change: @Sendable (inout ProofPolicies) -> Void

        private static let all: [Flip] = [
            Flip(kind: "TrafficSplit", place: "shop/web", remark: "all to one backend") {
                $0.weights = $0.weights == [100, 0] ? [0, 100] : [100, 0]
            },
            Flip(kind: "TrafficSplit", place: "shop/echo", remark: "connections to nobody") {
                $0.echoWeights = $0.echoWeights == [100, 0] ? [0, 100] : [100, 0]
            },
            Flip(kind: "HTTPRouteGroup", place: "shop/flip", remark: "a path") { $0.hasFlipPath.toggle() },
            Flip(kind: "TrafficTarget", place: "shop/flip", remark: "a source of requests") {
                $0.flipSources = $0.flipSources.count == 2 ? ["client-1"] : ProofPods.clients
            },
            Flip(kind: "TCPRoute", place: "shop/echo", remark: "a port") { $0.hasOtherEchoPort.toggle() },
            Flip(kind: "Service", place: "shop/web", remark: "a port of the Service") { $0.hasOtherWebPort.toggle() },
            Flip(kind: "MeshConfig", place: "osm-system/osm-mesh-config", remark: "permissive mode") {
                $0.isPermissive.toggle()
            },
            Flip(kind: "TrafficTarget", place: "shop/db", remark: "a source of connections") {
                $0.databaseSources = $0.databaseSources.count == 2 ? ["client-1"] : ProofPods.clients
            },
        ]

        /// Round after round, each in another order, and each of them once in a round: their number has no odd divisor.
        static func number(_ number: Int) -> Flip {
            let round = number / all.count
            return all[(number * (1 + 2 * round) + round) % all.count]
        }
    }

    /// What was edited and sent, and what came of it.
    fileprivate struct Tally {
        /// Edits by kind.
        var edits: [String: Int] = [:]
        /// How long edits took that no slow proxy held back.
        var waits: [Duration] = []
        /// Edits that a slow proxy held back.
        var delayed = 0
        /// How often all calls were made.
        var checks = 0
        var calls = 0
        var callsOnOpen = 0
        var refused = 0
        /// Answers by another policy than the one in effect.
        var wrong = 0

        var figures: String {
            let kinds = edits.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            let median = waits.isEmpty ? 0 : waits.sorted()[waits.count / 2] / .milliseconds(1)
            return "\(edits.values.reduce(0, +)) edits (\(kinds)), each followed by requests once Programmed was true: "
                + "\(calls) calls (\(callsOnOpen) on open connections, \(refused) refused), \(wrong) answers by the old "
                + "policy; \(delayed) edits were held back by a slow proxy, the others were seen in the status after "
                + "\(Int(median.rounded())) ms (median)"
        }
    }
}
