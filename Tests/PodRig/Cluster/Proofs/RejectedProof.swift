import Foundation

/// A configuration that a proxy refuses is told on the object that caused it.
struct RejectedProof: OperatorProof {
    let name = "rejected"
    let promise =
        "what one proxy refuses is Programmed=False, ProxyRejected, with Envoy's own words and the proxy's name"

    /// A regular expression over what the proxy of this proof may compile.
    private let expression = "/users/[a-zA-Z0-9_-]{1,64}/orders/[0-9]{1,20}"

    func run(_ run: OperatorRun) throws -> String {
        let pod = try run.rig.pod("web-2")
        let group = ClusterObject(kind: "HTTPRouteGroup", namespace: "shop", name: "flip")
        // A proxy that takes less than others: as one that somebody set up more strictly.
        try restart(pod, run, allowing: "100")
        try run.startTraffic()
        var policies = run.policies
        policies.flipExpression = expression
        try run.apply(policies)
        let generation = try run.kubectl.get(group).generation
        let condition = try Waiting.until(
            "\(group.place) to be refused", pause: .milliseconds(10),
            explanation: { (try? run.watch.last(group)?.text) ?? "" }
        ) { () -> ControllerStatus.Condition? in
            let stored = try run.watch.last(group)
            guard let condition = stored?["Programmed"], condition.observedGeneration == generation else { return nil }
            return condition.reason == "ProxyRejected" ? condition : nil
        }
        run.expect("Programmed of what is refused", "False", seen: condition.status)
        for text in [pod.name, "regex"] {
            run.expect("its message", "`\(text)` in it", condition.message.contains(text), seen: condition.message)
        }
        for (kind, name) in [("TrafficSplit", "web"), ("TCPRoute", "echo"), ("TrafficTarget", "echo")] {
            try run.await("Ready", of: ClusterObject(kind: kind, namespace: "shop", name: name))
        }
        policies.flipExpression = nil
        try run.apply(policies)
        try run.await("Ready", of: group)
        let figures = try run.finishTraffic()
        try restart(pod, run, allowing: nil)
        return "`\(condition.message)`; cleared by the next edit; \(figures)"
    }

    /// Restarts the pod's proxy, with a limit of its own for regular expressions.
    private func restart(_ pod: RunningPod, _ run: OperatorRun, allowing size: String?) throws {
        pod.stopEnvoy()
        try pod.startEnvoy { bootstrap in
            guard let size else { return bootstrap }
            let limit = #"("re2\.max_program_size\.error_level"\s*:\s*)[0-9]+"#
            return bootstrap.replacing(try Regex(limit, as: (Substring, Substring).self)) { "\($0.1)\(size)" }
        }
        try run.rig.awaitReadiness()
        try run.awaitAllReady()
    }
}
