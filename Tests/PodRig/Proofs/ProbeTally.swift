/// What was sent to tell one policy from another, and what came of it.
struct ProbeTally {
    /// How often all calls were made.
    var checks = 0
    var calls = 0
    var callsOnOpen = 0
    var refused = 0
    /// Answers by another policy than the one in effect.
    var wrong = 0

    /// Makes the calls of all clients at once.
    ///
    /// - Parameters:
    ///   - policies: what is in effect.
    ///   - occasion: what was done before, for objections.
    mutating func check(_ policies: ProofPolicies, _ run: some MeshRun, _ occasion: String) throws {
        checks += 1
        let calls = try ProofPods.clients.map { try ProbeCalls(of: $0, policies, on: run.mesh) }
        for calls in calls { try run.prober(calls.client).send(calls.requests) }
        for calls in calls {
            let answers = try run.prober(calls.client).collect(calls.requests.count)
            for (call, answer) in zip(calls.all, answers) {
                self.calls += 1
                if call.request.connection != nil, !answer.isFirst { callsOnOpen += 1 }
                if !call.isAllowed { refused += 1 }
                guard !call.isMet(by: answer) else { continue }
                wrong += 1
                let apps = call.apps.isEmpty ? "" : " by \(call.apps.sorted().joined(separator: " or "))"
                run.expect(
                    "\(occasion): \(calls.client) \(call.what)", call.expected + apps, false, seen: answer.text)
            }
        }
    }
}
