import Foundation

/// The status never says that something is in effect which is not.
struct StatusProof: Proof {
    let name = "status"
    let promise = "Programmed is false while one proxy is slow, stopped or not back after a restart of the controller"

    /// An edit, and the proxy that does not get it.
    private struct Delay {
        let kind: String
        let place: String
        let pod: String
        let cause: SlowProxy.Cause
        /// What of the proxy is late.
        let what: String
        let change: (inout ProofPolicies) -> Void
    }

    func run(_ run: ProofRun) throws -> String {
        let delays = [
            Delay(kind: "TrafficSplit", place: "shop/web", pod: "client-2", cause: .paused, what: "acknowledgement") {
                $0.weights = [90, 10]
            },
            Delay(kind: "TrafficSplit", place: "shop/web", pod: "client-2", cause: .cutOff, what: "routes") {
                $0.weights = [20, 80]
            },
            Delay(kind: "TrafficTarget", place: "shop/db", pod: "db-1", cause: .cutOff, what: "secrets") {
                $0.databaseSources = ProofPods.clients
            },
            Delay(kind: "Service", place: "shop/web", pod: "client-1", cause: .cutOff, what: "listener and endpoints") {
                $0.hasOtherWebPort = false
            },
        ]
        let figures = try delays.map { try expectDelay(run, $0) } + [expectStop(run), expectRestart(run)]
        return figures.joined(separator: "; ")
    }

    /// A proxy that acknowledges nothing holds the condition back, for as long as it does.
    private func expectDelay(_ run: ProofRun, _ delay: Delay) throws -> String {
        let slow = SlowProxy(pod: try run.rig.pod(delay.pod), cause: delay.cause)
        try slow.begin()
        let looks: Int
        do {
            looks = try expectFalse(run, delay.kind, delay.place, delay.change) {
                Self.saysOneMissing($0) && $0.contains(delay.pod)
            }
        } catch {
            try slow.end()
            throw error
        }
        try slow.end()
        try expectAll(run, delay.kind, delay.place)
        return "\(delay.what) of \(delay.pod) late: false in \(looks) of \(looks) looks, then true"
    }

    /// A proxy that is not there is named.
    private func expectStop(_ run: ProofRun) throws -> String {
        let stopped = try run.rig.pod("client-2")
        stopped.stopEnvoy(byCrash: true)
        let looks = try expectFalse(run, "TrafficSplit", "shop/web", { $0.weights = [30, 70] }) {
            Self.saysOneMissing($0) && $0.contains("\(stopped.name) not connected for ")
        }
        try stopped.startEnvoy()
        try run.rig.awaitReadiness()
        try expectAll(run, "TrafficSplit", "shop/web")
        return "\(stopped.name) killed: `not connected` in \(looks) of \(looks) looks, true when it was back"
    }

    /// Whether a message begins with one proxy less than there are.
    private static func saysOneMissing(_ message: String) -> Bool {
        let numbers = message.prefix { $0 != " " }.split(separator: "/").compactMap { Int($0) }
        return numbers.count == 2 && numbers[0] == numbers[1] - 1
    }

    /// Expects that an object gets into effect, by as many proxies as there are.
    private func expectAll(_ run: ProofRun, _ kind: String, _ place: String) throws {
        let message = try run.awaitProgrammed(kind, place)["Programmed"]?.message ?? ""
        let numbers = message.prefix { $0 != " " }.split(separator: "/")
        run.expect(
            "\(kind) \(place) when all enforce it", "n/n proxies", numbers.count == 2 && numbers[0] == numbers[1],
            seen: message)
    }

    /// Edits an object, and expects that it is not in effect for two seconds.
    ///
    /// - Returns: How often it was looked at.
    private func expectFalse(
        _ run: ProofRun, _ kind: String, _ place: String, _ change: (inout ProofPolicies) -> Void,
        _ says: (String) -> Bool
    ) throws -> Int {
        var policies = run.policies
        change(&policies)
        try run.write(policies)
        let generation = try run.generation(of: kind, String(place.split(separator: "/").last ?? ""))
        func object() throws -> ControllerStatus.Object? {
            try run.status().object(kind, place).flatMap { $0.generation == generation ? $0 : nil }
        }
        // The edit reaches the other proxies; until then more may be missing, but never none.
        var last = ""
        try Waiting.until("one proxy to be missing", pause: .milliseconds(5), explanation: { last }) { () -> Void? in
            guard let programmed = try object()?["Programmed"] else { return nil }
            last = programmed.message
            run.expect("\(kind) \(place) before all enforce it", "False", seen: programmed.status)
            return says(last) ? () : nil
        }
        let start = ContinuousClock.now
        var looks = 0
        while start.duration(to: .now) < .seconds(2) {
            let object = try object()
            let programmed = object?["Programmed"]
            looks += 1
            run.expect(
                "\(kind) \(place) while a proxy is missing", "False, and which one is missing",
                programmed?.status == "False" && object?["Ready"]?.isTrue == false && says(programmed?.message ?? ""),
                seen: "\(programmed?.status ?? "nothing"): \(programmed?.message ?? "")")
            Thread.sleep(forTimeInterval: 0.05)
        }
        return looks
    }
}
