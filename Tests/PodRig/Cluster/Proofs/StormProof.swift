import Foundation

/// What happens to watches changes nothing of what is known in the end.
struct StormProof: OperatorProof {
    let name = "storm"
    let promise = "a flood of changes, watches cut every second, etcd compacted: the state is that of a fresh list"

    func run(_ run: OperatorRun) throws -> String {
        let rig = run.rig
        guard let replica = rig.replicas.first(where: \.isRunning) else {
            throw RigError(.program, "no controller runs")
        }
        try run.add(Flood.manifests)
        try run.startTraffic()
        let length = Duration.seconds(run.isSoak ? 60 : 8)
        // The first storm brings memory to what such a storm takes. What leaks grows in each of the others, and what
        // only took its time to settle does not: that is given three.
        var memory: [Int] = []
        var storms: [Outcome] = []
        repeat {
            storms.append(try storm(run, replica, for: length, number: memory.count + 1))
            try run.awaitAllReady()
            memory.append(try replica.residentBytes())
        } while memory.count < 2 || (memory.count < 4 && Self.growth(memory) > 5)
        let cuts = storms.map(\.cuts).reduce(0, +)
        run.expect("connections cut", ">= 20", cuts >= 20, seen: "\(cuts)")
        try run.await("Ready", of: try run.make(Flip.policies[0]).object, within: .seconds(60))
        var probes = ProbeTally()
        try probes.check(run.policies, run, "after the storm")
        let growth = Self.growth(memory)
        run.expect(
            "growth of resident memory in the last of \(memory.count) storms", "<= 5 %", growth <= 5,
            seen: String(format: "%.1f %%", growth))
        let compared = try compare(run, replica)
        return
            "\(storms.map { "\($0.flood.changes) changes at \($0.flood.rate)/s" }.joined(separator: ", ")), \(cuts) "
            + "connections cut; \(compared) objects as in a fresh list and at a fresh controller; resident memory "
            + "\(memory.map { "\($0 >> 20)" }.joined(separator: " -> ")) MiB; "
            + (try run.finishTraffic())
    }

    /// What came of one storm.
    private struct Outcome {
        let flood: Flood.Outcome
        let cuts: Int
    }

    /// By how much memory grew at last, in percent.
    private static func growth(_ memory: [Int]) -> Double {
        (Double(memory[memory.count - 1]) / Double(memory[memory.count - 2]) - 1) * 100
    }

    /// A flood of changes while the controller's connections are cut, and more cuts after it.
    private func storm(_ run: OperatorRun, _ replica: Replica, for length: Duration, number: Int) throws -> Outcome {
        let rig = run.rig
        var cuts = 0
        var last = ContinuousClock.now
        let flood = try Flood(rig, for: length, number: number).finish {
            guard last.duration(to: .now) > .seconds(1) else { return }
            last = .now
            cuts += try replica.cutConnections(to: rig.cluster.serverAddress())
            try rig.cluster.compact()
        }
        // When there is nothing else to wake a watch.
        for _ in 0..<(run.isSoak ? 30 : 3) {
            cuts += try replica.cutConnections(to: rig.cluster.serverAddress())
            try rig.cluster.compact()
            try Interruption.check()
            Thread.sleep(forTimeInterval: 1)
        }
        return Outcome(flood: flood, cuts: cuts)
    }

    /// Compares what the controller knows with what the API server has, and with what a fresh controller knows.
    private func compare(_ run: OperatorRun, _ replica: Replica) throws -> Int {
        let stored = try run.allObjects()
        let fresh = run.rig.replicas.first { !$0.isRunning }
        try fresh?.start()
        try fresh?.awaitReady()
        let known =
            try [("the controller", replica.status())] + (fresh.map { [("a fresh one", try $0.status())] } ?? [])
        for (who, status) in known {
            let ours = status.objects.filter { ClusterObject.resources[$0.kind] != nil }
            run.expect("objects at \(who)", "\(stored.count)", seen: "\(ours.count)")
            for object in stored {
                let theirs = status.object(object.kind, object.place)
                run.expect(
                    "generation of \(object.kind) \(object.place) at \(who)", "\(object.generation)",
                    seen: theirs.map { "\($0.generation)" } ?? "none")
                for type in ["Accepted", "ResolvedRefs"] {
                    let (wanted, seen) = (object[type], theirs?[type])
                    run.expect(
                        "\(type) of \(object.kind) \(object.place) at \(who)", "\(wanted?.status ?? "none")",
                        seen: seen?.status ?? "none")
                }
            }
        }
        if let fresh { run.expect("\(fresh.name) asked to end", "ends with 0", seen: "ends with \(try fresh.stop())") }
        return stored.count
    }
}

extension OperatorRun {
    /// The mesh's objects as the API server lists them now.
    fileprivate func allObjects() throws -> [ClusterObject.Stored] {
        struct List: Decodable { let items: [ClusterObject.Stored] }
        let kinds = ClusterObject.resources.values.map { "\($0.plural).\($0.group)" }.sorted().joined(separator: ",")
        let text = try kubectl.check(["get", kinds, "--all-namespaces", "--output", "json"])
        return try JSONDecoder().decode(List.self, from: Data(text.utf8)).items
    }
}
