import Foundation

/// While there is no API server, everything goes on by what is known.
struct OutageProof: OperatorProof {
    let name = "outage"
    let promise = "the API server away, then the controller cut off from it: no request fails, nothing is missed after"

    func run(_ run: OperatorRun) throws -> String {
        try run.startTraffic()
        let length = run.isSoak ? 120.0 : 15.0
        let outage = try serverOutage(run, seconds: length)
        let cut = try controllerCut(run, seconds: run.isSoak ? 40 : 20)
        return "\(Int(length)) s without the API server: \(outage); \(cut); " + (try run.finishTraffic())
    }

    /// Ends the API server for a while; a proxy restarts meanwhile.
    private func serverOutage(_ run: OperatorRun, seconds: Double) throws -> String {
        let rig = run.rig
        run.watch.stop()
        try rig.cluster.stopServer()
        var isDown = true
        defer { if isDown { try? rig.cluster.startServer() } }
        run.note("the API server is stopped")
        let start = ContinuousClock.now
        // It has no requests of the proof's traffic to lose: those are to the other pods.
        let restarted = try rig.pod("db-1")
        restarted.stopEnvoy(byCrash: true)
        try restarted.startEnvoy()
        // The API server cannot be told: only the probes are asked.
        let begin = ContinuousClock.now
        try Waiting.until("the restarted proxy to be served", explanation: { restarted.complaints }) { () -> Void? in
            try restarted.probe()
            return restarted.isReady ? () : nil
        }
        let served = begin.duration(to: .now) / .seconds(1)
        var probes = ProbeTally()
        try probes.check(run.policies, run, "without the API server")
        while start.duration(to: .now) < .seconds(seconds) {
            try Interruption.check()
            Thread.sleep(forTimeInterval: 0.2)
        }
        try probes.check(run.policies, run, "at the end of the outage")
        try rig.cluster.startServer()
        isDown = false
        run.note("the API server is back")
        let back = ContinuousClock.now
        try run.watch.start()
        let edited = try run.make(Flip.policies[3])
        try run.await("Programmed", of: edited.object, within: .seconds(90))
        let seen = back.duration(to: .now) / .seconds(1)
        try probes.check(run.policies, run, "after an edit once the API server was back")
        try run.awaitAllReady()
        return "a restarted proxy was served after \(tenths(served)) s, an edit right after the return was in effect "
            + "after \(tenths(seen)) s"
    }

    /// Cuts the controller off from the API server, and edits meanwhile.
    private func controllerCut(_ run: OperatorRun, seconds: Double) throws -> String {
        let server = try run.rig.cluster.serverAddress()
        let replicas = run.rig.replicas.filter(\.isRunning)
        for replica in replicas { try replica.cutOff(true, from: server) }
        var isCut = true
        defer { if isCut { for replica in replicas { try? replica.cutOff(false, from: server) } } }
        run.note("the controller is cut off")
        var probes = ProbeTally()
        let before = run.policies
        var edited: [Edited] = []
        for flip in [Flip.policies[0], Flip.policies[4], Flip.policies[7]] { edited.append(try run.make(flip)) }
        let start = run.watch.events.count
        Thread.sleep(forTimeInterval: seconds)
        try run.watch.refresh()
        for event in run.watch.events[start...] {
            guard edited.contains(where: { $0.object == event.key && $0.generation == event.object.generation }) else {
                continue
            }
            run.expect(
                "\(event.object.place) while nothing can be known of it", "not Programmed",
                !event.object.isTrue("Programmed"), seen: event.object.text)
        }
        try probes.check(before, run, "while the controller is cut off")
        for replica in replicas { try replica.cutOff(false, from: server) }
        isCut = false
        let back = ContinuousClock.now
        for edit in edited { try run.await("Programmed", of: edit.object, within: .seconds(90)) }
        let seen = back.duration(to: .now) / .seconds(1)
        try probes.check(run.policies, run, "after the controller was cut off")
        return "\(edited.count) edits while the controller was cut off for \(Int(seconds)) s were in effect "
            + "\(tenths(seen)) s after"
    }

    private func tenths(_ seconds: Double) -> Double { (seconds * 10).rounded() / 10 }
}
