import Foundation

/// Two controllers are one: what they serve, what they count, and what is left when one of them dies.
struct ReplicasProof: OperatorProof {
    let name = "replicas"
    let promise = "two controllers, half of the proxies each: equal resources, common counts, and a leader that may die"

    private static let split = ClusterObject(kind: "TrafficSplit", namespace: "shop", name: "web")
    private static let target = ClusterObject(kind: "TrafficTarget", namespace: "shop", name: "db")
    /// What concerns the proxy that is behind when the leader dies.
    private static let concerned = [
        target, ClusterObject(kind: "TCPRoute", namespace: "shop", name: "db"),
        ClusterObject(kind: "MeshConfig", namespace: "osm-system", name: "osm-mesh-config"),
    ]
    /// Pods of one identity each, on either side.
    private static let pairs = [("client-1", "client-2"), ("web-1", "web-1b"), ("db-0", "db-1")]

    func run(_ run: OperatorRun) throws -> String {
        let rig = run.rig
        let (first, second) = (rig.replicas[0], rig.replicas[1])
        try second.start()
        try second.awaitReady()
        try moveHalf(run, to: second)
        try run.startTraffic()
        var policies = run.policies
        policies.weights = [0, 100]
        try run.apply(policies)
        try run.await("Programmed", of: Self.split)
        var probes = ProbeTally()
        try probes.check(run.policies, run, "with two controllers")
        let counts = try run.kubectl.get(Self.split).status?.proxies ?? "nothing"
        let parts = counts.split(separator: "/")
        run.expect("proxies of \(Self.split.place)", "n/n", parts.count == 2 && parts[0] == parts[1], seen: counts)
        let compared = try comparePairs(run)
        let leader = try leader(run)
        run.expect("the leader", first.name, leader.contains(first.name), seen: leader)
        let failOver = try loseLeader(run, first, second)
        return "\(compared) resources of equal versions on either side, \(counts) proxies; \(failOver); "
            + (try run.finishTraffic())
    }

    /// Expects that no condition of an object has become true from an event on.
    private func expectNoClaim(_ run: OperatorRun, _ object: ClusterObject, from start: Int, _ slow: String) {
        for type in ["Programmed", "Ready"] {
            var wasTrue = run.watch.events[..<start].last { $0.key == object }?.object.isTrue(type) ?? false
            for event in run.watch.events[start...] where event.key == object {
                let isTrue = event.object.isTrue(type)
                run.expect(
                    "\(type) of \(object.kind) \(object.place) while \(slow) is behind", "not to become true",
                    wasTrue || !isTrue, seen: event.object.text)
                wasTrue = isTrue
            }
        }
    }

    private func moveHalf(_ run: OperatorRun, to replica: Replica) throws {
        for (_, name) in Self.pairs {
            let pod = try run.rig.pod(name)
            try run.rig.service.lead(pod, to: replica)
            pod.stopEnvoy()
            try pod.startEnvoy()
        }
        try run.rig.awaitReadiness()
        try run.awaitAllReady()
        let connected = Set(try replica.status().proxies.filter(\.connected).map(\.pod))
        for (_, name) in Self.pairs {
            run.expect(
                "\(name)", "connected to \(replica.name)", connected.contains { $0.hasSuffix("/\(name)") },
                seen: connected.sorted().joined(separator: ", "))
        }
    }

    /// Compares what two pods of one kind have from different controllers.
    private func comparePairs(_ run: OperatorRun) throws -> Int {
        var compared = 0
        for (left, right) in Self.pairs {
            let (one, other) = try (ConfigDump(of: run.rig.pod(left)), ConfigDump(of: run.rig.pod(right)))
            for (key, entry) in one.entries where key.name != "workload" {
                // The clients have an identity each: what is their own may differ.
                if left == "client-1", !key.name.contains("/") || key.name.hasPrefix("inbound") { continue }
                guard let counterpart = other.entries[key] else { continue }
                compared += 1
                run.expect("\(key) at \(right)", "version \(entry.version)", seen: "version \(counterpart.version)")
            }
        }
        run.expect("resources to compare", ">= 20", compared >= 20, seen: "\(compared)")
        return compared
    }

    private func leader(_ run: OperatorRun) throws -> String {
        struct Leases: Decodable {
            struct Lease: Decodable {
                struct Spec: Decodable { let holderIdentity: String? }
                let spec: Spec
            }
            let items: [Lease]
        }
        let text = try run.kubectl.check(["get", "leases", "--namespace", "osm-system", "--output", "json"])
        return try JSONDecoder().decode(Leases.self, from: Data(text.utf8)).items.compactMap(\.spec.holderIdentity)
            .joined(separator: ", ")
    }

    /// Kills the leader while one proxy is behind.
    private func loseLeader(_ run: OperatorRun, _ first: Replica, _ second: Replica) throws -> String {
        let rig = run.rig
        // One that the steady requests do not need.
        let slow = try rig.pod("db-1")
        slow.pauseEnvoy()
        defer { slow.resumeEnvoy() }
        var policies = run.policies
        policies.databaseSources = ProofPods.clients
        let generation = try run.apply(policies).first?.generation ?? 0
        try run.awaitFalse(Self.target, naming: slow.name)
        let others = rig.pods.filter { $0.name != slow.name }
        let before = try others.map { try ConfigDump(of: $0) }
        let start = run.watch.events.count
        let begin = ContinuousClock.now
        first.crash()
        run.note("\(first.name), the leader, is killed")
        for pod in rig.pods { try rig.service.lead(pod, to: second) }
        try Waiting.until("the lease to move", within: .seconds(60)) { () -> Void? in
            try leader(run).contains(second.name) ? () : nil
        }
        let moved = Int((begin.duration(to: .now) / .seconds(1)).rounded())
        try Waiting.until("all other proxies to be back") { () -> Void? in
            let connected = try second.status().proxies.filter(\.connected)
            return others.allSatisfy { pod in connected.contains { $0.pod.hasSuffix("/\(pod.name)") } } ? () : nil
        }
        // Time for a word too much.
        Thread.sleep(forTimeInterval: 5)
        try run.watch.refresh()
        for object in Self.concerned { expectNoClaim(run, object, from: start, slow.name) }
        var resent: [String] = []
        for (pod, former) in zip(others, before) {
            resent += try ConfigDump(of: pod).changes(since: former).map { "\($0) to \(pod.name)" }
        }
        run.expect("what is sent again after the leader's death", "", seen: resent.joined(separator: ", "))
        slow.resumeEnvoy()
        try run.await("Programmed", of: Self.target, within: .seconds(60))
        run.expect(
            "the generation in effect", "\(generation)", seen: "\(try run.kubectl.get(Self.target).generation)")
        var probes = ProbeTally()
        try probes.check(run.policies, run, "after the leader's death")
        try run.awaitAllReady()
        return "the lease moved \(moved) s after kill -9 of the leader, \(resent.count) resources sent again"
    }
}
