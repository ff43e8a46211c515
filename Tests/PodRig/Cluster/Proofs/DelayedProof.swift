import Foundation

/// A proxy that does nothing holds `Programmed` back, and is named.
struct DelayedProof: OperatorProof {
    let name = "delayed"
    let promise = "Programmed is false while one proxy is stopped or gone, and says which; true once it has caught up"

    func run(_ run: OperatorRun) throws -> String {
        let split = ClusterObject(kind: "TrafficSplit", namespace: "shop", name: "web")
        let slow = try run.rig.pod("client-2")
        var policies = run.policies

        slow.pauseEnvoy()
        defer { slow.resumeEnvoy() }
        policies.weights = [90, 10]
        try run.apply(policies)
        let paused = try expectFalse(run, split, naming: slow.name)
        slow.resumeEnvoy()
        try run.await("Programmed", of: split)

        slow.stopEnvoy(byCrash: true)
        policies.weights = [20, 80]
        try run.apply(policies)
        let gone = try expectFalse(run, split, naming: slow.name)
        try slow.startEnvoy()
        try run.rig.awaitReadiness()
        try run.await("Programmed", of: split)
        let stored = try run.kubectl.get(split)
        let counts = (stored.status?.proxies ?? "").split(separator: "/")
        run.expect(
            "proxies of TrafficSplit shop/web", "n/n", counts.count == 2 && counts[0] == counts[1],
            seen: stored.status?.proxies ?? "nothing")
        return "stopped: `\(paused)`; killed: `\(gone)`; then \(stored.status?.proxies ?? "")"
    }

    /// Expects that an object is not in effect for two seconds, and that it is told why.
    ///
    /// - Returns: The message.
    private func expectFalse(_ run: OperatorRun, _ object: ClusterObject, naming pod: String) throws -> String {
        let generation = try run.kubectl.get(object).generation
        let start = run.watch.events.count
        let message = try run.awaitFalse(object, naming: pod)
        Thread.sleep(forTimeInterval: 2)
        try run.watch.refresh()
        for event in run.watch.events[start...] where event.key == object && event.object.generation == generation {
            for type in ["Programmed", "Ready"] {
                run.expect(
                    "\(type) of \(object.place) while \(pod) does nothing", "not True", !event.object.isTrue(type),
                    seen: event.object.text)
            }
        }
        return message
    }
}

extension OperatorRun {
    /// Returns when `Programmed` of the last edit of an object is false and names a pod.
    ///
    /// - Returns: The message.
    @discardableResult
    func awaitFalse(_ object: ClusterObject, naming pod: String) throws -> String {
        let generation = try kubectl.get(object).generation
        return try Waiting.until(
            "\(object.place) to name \(pod)", pause: .milliseconds(10),
            explanation: { (try? self.watch.last(object)?.text) ?? "" }
        ) { () -> String? in
            guard let stored = try watch.last(object), stored.generation == generation,
                let condition = stored["Programmed"], condition.observedGeneration == generation
            else { return nil }
            return condition.status == "False" && condition.message.contains(pod) ? condition.message : nil
        }
    }
}
