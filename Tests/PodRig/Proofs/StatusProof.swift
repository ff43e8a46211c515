import Foundation

/// The status never says that something is in effect which is not.
struct StatusProof: Proof {
    let name = "status"
    let promise = "Programmed is false while one proxy is slow, stopped or not back after a restart of the controller"

    /// Objects that concern both clients.
    private static let objects = [
        ("TrafficSplit", "shop/web"), ("HTTPRouteGroup", "shop/routes"), ("TrafficTarget", "shop/web"),
        ("TrafficTarget", "shop/echo"), ("TCPRoute", "shop/echo"), ("Service", "shop/web"), ("Service", "shop/echo"),
        ("MeshConfig", "osm-system/osm-mesh-config"),
    ]

    func run(_ run: ProofRun) throws -> String {
        let delayed = try expectDelay(run)
        let stopped = try expectStop(run)
        let restarted = try expectRestart(run)
        return "\(delayed); \(stopped); \(restarted)"
    }

    /// A proxy that acknowledges nothing holds the condition back, for as long as it does.
    private func expectDelay(_ run: ProofRun) throws -> String {
        let slow = try run.rig.pod("client-2")
        slow.pauseEnvoy()
        defer { slow.resumeEnvoy() }
        let looks = try expectFalse(run, [90, 10], for: .seconds(3)) {
            $0.hasPrefix("1/2 proxies") && $0.contains(slow.name)
        }
        slow.resumeEnvoy()
        let programmed = try run.awaitProgrammed("TrafficSplit", "shop/web")["Programmed"]
        run.expect("the split when it goes on", "2/2 proxies", seen: programmed?.message ?? "")
        return "a proxy paused: false in \(looks) of \(looks) looks in 3 s, true when it went on"
    }

    /// A proxy that is not there is named.
    private func expectStop(_ run: ProofRun) throws -> String {
        let stopped = try run.rig.pod("client-2")
        stopped.stopEnvoy(byCrash: true)
        let looks = try expectFalse(run, [20, 80], for: .seconds(3)) {
            $0.hasPrefix("1/2 proxies") && $0.contains("\(stopped.name) not connected")
        }
        try stopped.startEnvoy()
        try run.rig.awaitReadiness()
        let programmed = try run.awaitProgrammed("TrafficSplit", "shop/web")["Programmed"]
        run.expect("the split when it is back", "2/2 proxies", seen: programmed?.message ?? "")
        return "a proxy killed: `not connected` in \(looks) of \(looks) looks, true when it was back"
    }

    /// Edits the split, and expects that it is not in effect for some time.
    private func expectFalse(
        _ run: ProofRun, _ weights: [Int], for time: Duration, _ says: (String) -> Bool
    ) throws -> Int {
        var policies = run.policies
        policies.weights = weights
        try run.write(policies)
        let generation = try run.generation(of: "TrafficSplit", "web")
        func split() throws -> ControllerStatus.Object? {
            try run.status().object("TrafficSplit", "shop/web").flatMap { $0.generation == generation ? $0 : nil }
        }
        _ = try Waiting.until("the edit to be read", pause: .milliseconds(5), split)
        // The edit reaches the other proxy, and what is missing is named.
        var last = ""
        try Waiting.until("one proxy to be missing", pause: .milliseconds(5), explanation: { last }) { () -> Void? in
            let programmed = try split()?["Programmed"]
            last = programmed?.message ?? ""
            run.expect("the split before all enforce it", "False", seen: programmed?.status ?? "nothing")
            return says(last) ? () : nil
        }
        let start = ContinuousClock.now
        var looks = 0
        while start.duration(to: .now) < time {
            let programmed = try split()?["Programmed"]
            let ready = try split()?["Ready"]
            looks += 1
            run.expect(
                "the split while a proxy is missing", "False, and which one is missing",
                programmed?.status == "False" && ready?.isTrue == false && says(programmed?.message ?? ""),
                seen: "\(programmed?.status ?? "nothing"): \(programmed?.message ?? "")")
            Thread.sleep(forTimeInterval: 0.05)
        }
        return looks
    }

    /// A controller that has just started claims nothing of proxies that are not back.
    private func expectRestart(_ run: ProofRun) throws -> String {
        let rig = run.rig
        let slow = try rig.pod("client-2")
        // From before the first answer on, as often as can be.
        let recorder = try RunningProgram(
            name: "status-recorder", logs: rig.programs.logs,
            command: rig.node.command(["/bin/sh", "-c", StatusProof.recording]))
        defer { recorder.crash() }
        rig.controller.crash()
        Thread.sleep(forTimeInterval: 0.5)
        var tail = LogTail(after: recorder.outputPath)
        slow.pauseEnvoy()
        defer { slow.resumeEnvoy() }
        try rig.controller.start()
        // All others come back meanwhile.
        try Waiting.until("the other proxies to be back") {
            try run.status().proxies.allSatisfy { $0.connected || $0.pod.hasSuffix("/\(slow.name)") } ? () : nil
        }
        Thread.sleep(forTimeInterval: 2)
        let absent = try answers(&tail)
        slow.resumeEnvoy()
        try run.awaitAllReady()
        let after = try answers(&tail)
        recorder.crash()
        var untrue = 0
        for status in absent {
            run.expect("\(slow.name) while it is paused", "not connected", !isBack(slow, in: status), seen: "connected")
            untrue += check(run, status)
        }
        for status in after where !isBack(slow, in: status) { untrue += check(run, status) }
        run.expect("answers before all were back", ">= 20", absent.count >= 20, seen: "\(absent.count)")
        return
            "the controller restarted: \(untrue) true conditions too many in \(absent.count) answers from the first on, "
            + "while a proxy was not back"
    }

    private func isBack(_ pod: RunningPod, in status: ControllerStatus) -> Bool {
        status.proxies.contains { $0.connected && $0.pod.hasSuffix("/\(pod.name)") }
    }

    /// Counts what is claimed of objects although a proxy that they concern is not there.
    private func check(_ run: ProofRun, _ status: ControllerStatus) -> Int {
        Self.objects.count { kind, place in
            let programmed = status.object(kind, place)?["Programmed"]
            let isClaimed = programmed?.isTrue ?? false
            run.expect(
                "\(kind) \(place) before all proxies are back", "not True", !isClaimed,
                seen: programmed?.message ?? "")
            return isClaimed
        }
    }

    private static let recording = """
        while :; do curl --silent --max-time 2 http://127.0.0.1:9092/status | tr -d '\\n'; echo; sleep 0.02; done
        """

    private func answers(_ tail: inout LogTail) throws -> [ControllerStatus] {
        try tail.newLines().filter { !$0.isEmpty }.map {
            try JSONDecoder().decode(ControllerStatus.self, from: Data($0.utf8))
        }
    }
}
