import Foundation
import MeshModel

/// One object rotates the root of the mesh; nothing fails meanwhile, and nobody is left behind.
struct RotationsProof: OperatorProof {
    let name = "rotations"
    let promise =
        "kubectl apply of one MeshRootCertificate rotates the root under load: nothing fails; a pod that is cut off holds it "
        + "up and is named; a controller that is killed goes on"

    private static let first = "root-1"

    func run(_ run: OperatorRun) throws -> String {
        if run.isSoak { try addPods(run) }
        try run.startTraffic()
        var times: [Double] = []
        let rounds = run.isSoak ? 10 : 2
        var former: String?
        for round in 1...rounds {
            let name = "root-\(round)"
            let begin = ContinuousClock.now
            try apply(name, run)
            try awaitReady(name, run)
            times.append(begin.duration(to: .now) / .seconds(1))
            if let former { try delete(former, run) }
            former = name
            try expectTrust(in: name, run)
            run.note("rotation \(round) took \(tenths(times[times.count - 1])) s")
        }
        let steady = try run.finishTraffic()
        let cut = try cutOff(run, next: "root-cut", former: former ?? "")
        let killed = try kill(run, next: "root-killed", former: "root-cut")
        let back = try withdraw(run, "root-killed")
        let list = times.map(tenths).joined(separator: ", ")
        return
            "\(rounds) rotations of \(run.rig.pods.count) proxies in \(list) s, \(steady); \(cut); \(killed); \(back); "
            + (try run.finishTraffic())
    }

    /// Twenty proxies in all: more of the web servers, and more that only wait.
    private func addPods(_ run: OperatorRun) throws {
        let server = try run.rig.pod("web-1").specification
        let client = try run.rig.pod("client-1").specification
        let more = (1...(20 - run.rig.pods.count)).map { number in
            var pod = number % 2 == 0 ? server : client
            pod = PodSpecification(
                name: .init(namespace: pod.name.namespace, name: "more-\(number)"), serviceAccount: pod.serviceAccount,
                labels: pod.labels, address: "10.77.6.\(number)", ports: pod.ports,
                uid: UUID().uuidString.lowercased(), application: pod.application, readiness: pod.readiness)
            return pod
        }
        try run.rig.create(more)
        try run.rig.run { _ in run.rig.replicas[0] }
        try run.awaitAllReady()
    }

    /// A proxy that does nothing holds a rotation up, is named, and when it is back all goes on.
    private func cutOff(_ run: OperatorRun, next: String, former: String) throws -> String {
        let slow = try run.rig.pod("client-2")
        slow.pauseEnvoy()
        defer { slow.resumeEnvoy() }
        try apply(next, run)
        let object = object(next)
        let message = try Waiting.until("\(next) to name \(slow.name)") { () -> String? in
            let condition = try run.kubectl.get(object)["Programmed"]
            guard let condition, condition.status == "False", condition.message.contains(slow.name) else { return nil }
            return condition.message
        }
        let before = try state(run)
        Thread.sleep(forTimeInterval: 12)
        let after = try state(run)
        run.expect("the state of the roots while \(slow.name) does nothing", before, seen: after)
        slow.resumeEnvoy()
        try awaitReady(next, run)
        try delete(former, run)

        // One that is gone for good, which the operator goes on without.
        let lost = try run.rig.pod("db-1")
        lost.stopEnvoy(byCrash: true)
        try apply("root-lost", run)
        let gone = self.object("root-lost")
        try Waiting.until("root-lost to name \(lost.name)") { () -> Void? in
            try run.kubectl.get(gone)["Programmed"]?.message.contains(lost.name) == true ? () : nil
        }
        let annotation = "openservicemesh.io/continue-without=\(lost.specification.name)"
        try run.kubectl.check(["annotate", gone.reference, "--namespace", gone.namespace, annotation])
        try awaitReady("root-lost", run)
        try lost.startEnvoy()
        try run.rig.awaitReadiness()
        var probes = ProbeTally()
        try probes.check(run.policies, run, "once the lost pod is back")
        // Back to the one before: deleting the object is enough.
        try delete("root-lost", run)
        try awaitReady(next, run)
        try run.startTraffic()
        return "`\(message)` until it was back; one that was given up came back with the new root"
    }

    /// The controller is killed at every step of a rotation that changes the trust domain too, and comes back.
    private func kill(_ run: OperatorRun, next: String, former: String) throws -> String {
        let replica = run.rig.replicas[0]
        let start = try epoch(run)
        try apply(next, trustDomain: "mesh.example.org", run)
        for step in 1...3 {
            try Waiting.until("epoch \(start + step)", within: .seconds(90)) { () -> Void? in
                try epoch(run) >= start + step ? () : nil
            }
            replica.crash()
            try replica.start()
            try replica.awaitReady()
        }
        try awaitReady(next, run)
        try expectTrust(in: next, run)
        try delete(former, run)
        var probes = ProbeTally()
        try probes.check(run.policies, run, "in another trust domain")
        return "killed after each of 3 steps to another trust domain, and done all the same"
    }

    /// A rotation that is taken back as soon as it has begun.
    private func withdraw(_ run: OperatorRun, _ present: String) throws -> String {
        let start = try epoch(run)
        try apply("root-withdrawn", run)
        try Waiting.until("another epoch", within: .seconds(60)) { () -> Void? in try epoch(run) > start ? () : nil }
        try delete("root-withdrawn", run)
        try Waiting.until("the roots to be as before", within: .seconds(120)) { () -> Void? in
            try trusted(run) == [present] ? () : nil
        }
        try awaitReady(present, run)
        return "one was taken back on its way"
    }

    private func tenths(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10)" }

    private func object(_ name: String) -> ClusterObject {
        ClusterObject(kind: "MeshRootCertificate", namespace: "osm-system", name: name)
    }

    private func apply(_ name: String, trustDomain: String = "cluster.local", _ run: OperatorRun) throws {
        try run.kubectl.apply(
            """
            apiVersion: config.openservicemesh.io/v1alpha2
            kind: MeshRootCertificate
            metadata: {name: \(name), namespace: osm-system}
            spec:
              role: active
              trustDomain: \(trustDomain)
              provider: {tresor: {ca: {secretRef: {name: \(name), namespace: osm-system}}}}
            """)
    }

    private func delete(_ name: String, _ run: OperatorRun) throws {
        try run.kubectl.check(["delete", object(name).reference, "--namespace", "osm-system"])
    }

    private func awaitReady(_ name: String, _ run: OperatorRun) throws {
        try run.await("Ready", of: object(name), within: .seconds(120))
    }

    /// Expects that pods trust the root of one object alone.
    private func expectTrust(in name: String, _ run: OperatorRun) throws {
        let trusted = try trusted(run)
        run.expect("the roots that are trusted", name, seen: trusted.joined(separator: ", "))
    }

    private struct State: Decodable {
        struct Root: Decodable { let object: String }
        let epoch: Int
        let roots: [Root]
    }

    private func state(_ run: OperatorRun) throws -> String {
        let text = try run.kubectl.check([
            "get", "secret", "osm-mesh-trust", "--namespace", "osm-system", "--output",
            #"jsonpath={.data.state\.json}"#,
        ])
        return String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self)
    }

    private func decoded(_ run: OperatorRun) throws -> State {
        try JSONDecoder().decode(State.self, from: Data(state(run).utf8))
    }

    private func epoch(_ run: OperatorRun) throws -> Int { try decoded(run).epoch }
    private func trusted(_ run: OperatorRun) throws -> [String] { try decoded(run).roots.map(\.object) }
}
