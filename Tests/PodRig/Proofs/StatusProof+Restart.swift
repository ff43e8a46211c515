import Foundation

extension StatusProof {
    /// Objects that concern both clients.
    private static let objects = [
        ("TrafficSplit", "shop/web"), ("HTTPRouteGroup", "shop/routes"), ("TrafficTarget", "shop/web"),
        ("TrafficTarget", "shop/echo"), ("TCPRoute", "shop/echo"), ("Service", "shop/web"), ("Service", "shop/echo"),
        ("MeshConfig", "osm-system/osm-mesh-config"),
    ]

    /// A line for each answer.
    private static let recording = """
        while :; do curl --silent --max-time 2 http://127.0.0.1:9092/status | tr -d '\\n'; echo; sleep 0.02; done
        """

    /// A controller that has just started claims nothing of proxies that are not back.
    func expectRestart(_ run: ProofRun) throws -> String {
        let rig = run.rig
        let slow = try rig.pod("client-2")
        // From before the first answer on, every 20 ms.
        let recorder = try RunningProgram(
            name: "status-recorder", logs: rig.programs.logs,
            command: rig.node.command(["/bin/sh", "-c", Self.recording]))
        defer { recorder.crash() }
        rig.controller.crash()
        Thread.sleep(forTimeInterval: 0.5)
        var tail = LogTail(after: recorder.outputPath)
        slow.pauseEnvoy()
        defer { slow.resumeEnvoy() }
        try rig.controller.start()
        try Waiting.until("the other proxies to be back") {
            try run.status().proxies.allSatisfy { $0.connected || $0.pod.hasSuffix("/\(slow.name)") } ? () : nil
        }
        Thread.sleep(forTimeInterval: 2)
        let absent = try answers(&tail)
        slow.resumeEnvoy()
        try run.awaitAllReady()
        let after = try answers(&tail)
        for status in absent {
            run.expect("\(slow.name) while it is paused", "not connected", !isBack(slow, in: status), seen: "connected")
        }
        let untrue = (absent + after).map { isBack(slow, in: $0) ? 0 : claims(run, $0) }.reduce(0, +)
        run.expect("answers before all were back", ">= 20", absent.count >= 20, seen: "\(absent.count)")
        run.expect("answers when all were back", ">= 1", after.contains { isBack(slow, in: $0) }, seen: "0")
        return "the controller restarted: \(untrue) true conditions too many in \(absent.count) answers from the first "
            + "on, while a proxy was not back"
    }

    private func isBack(_ pod: RunningPod, in status: ControllerStatus) -> Bool {
        status.proxies.contains { $0.connected && $0.pod.hasSuffix("/\(pod.name)") }
    }

    /// Counts what is claimed of objects although a proxy that they concern is not there.
    private func claims(_ run: ProofRun, _ status: ControllerStatus) -> Int {
        Self.objects.count { kind, place in
            let object = status.object(kind, place)
            let isClaimed = ["Programmed", "Ready"].contains { object?[$0]?.isTrue ?? false }
            run.expect(
                "\(kind) \(place) before all proxies are back", "not True", !isClaimed,
                seen: object?["Programmed"]?.message ?? "")
            return isClaimed
        }
    }

    private func answers(_ tail: inout LogTail) throws -> [ControllerStatus] {
        try tail.newLines().filter { !$0.isEmpty }.map {
            try JSONDecoder().decode(ControllerStatus.self, from: Data($0.utf8))
        }
    }
}
