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
        let issued = try issuers(run, former: "root-killed")
        let back = try withdraw(run, "root-back")
        let list = times.map(tenths).joined(separator: ", ")
        return
            "\(rounds) rotations of \(run.rig.pods.count) proxies in \(list) s, \(steady); \(cut); \(killed); \(issued); \(back); "
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

    /// From the controller's own root to issuers elsewhere, and back.
    private func issuers(_ run: OperatorRun, former: String) throws -> String {
        var (former, times) = (former, [Double]())
        var vaults: [RunningProgram] = []
        defer { _ = RunningProgram.stop(vaults) }
        func change(to name: String, _ manifests: String) throws {
            let begin = ContinuousClock.now
            try run.kubectl.apply(manifests)
            try awaitReady(name, run)
            times.append(begin.duration(to: .now) / .seconds(1))
            try delete(former, run)
            try expectTrust(in: name, run)
            former = name
        }
        for number in 1...(run.isSoak ? 10 : 1) {
            let vault = try startVault(number, run)
            vaults.append(vault.program)
            try change(to: "vault-\(number)", vault.manifests)
            let listed = try run.kubectl.check(["get", "mrc", "vault-\(number)", "--namespace", "osm-system"])
            run.expect("the issuer in kubectl get", "Vault", listed.contains("Vault"), seen: listed)
        }
        try change(to: "root-back", manifest("root-back"))
        var probes = ProbeTally()
        try probes.check(run.policies, run, "with certificates of the controller's own root again")
        return
            "to \(vaults.count) Vault, one after the other, and back in \(times.map(tenths).joined(separator: ", ")) s"
    }

    /// Starts a stand-in for a Vault on the node, with a root of its own.
    private func startVault(_ number: Int, _ run: OperatorRun) throws -> (program: RunningProgram, manifests: String) {
        let port = 8200 + number
        let path = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "VaultServer")
            .path
        let program = try RunningProgram(
            name: "vault-\(number)", logs: run.rig.programs.logs,
            command: run.rig.node.command([path, "--host", NodeNetwork.nodeAddress, "--port", "\(port)"]))
        var output = LogTail(path: program.outputPath)
        let token = try Waiting.until("a Vault to listen", explanation: { program.lastErrors() }) {
            try program.checkRunning()
            return output.newLines().compactMap { LogFields(line: $0)?["token"] }.first
        }
        return (
            program,
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: vault-\(number), namespace: osm-system}
            stringData: {token: "\(token)"}
            ---
            apiVersion: config.openservicemesh.io/v1alpha2
            kind: MeshRootCertificate
            metadata: {name: vault-\(number), namespace: osm-system}
            spec:
              role: active
              trustDomain: cluster.local
              provider:
                vault:
                  protocol: http
                  host: \(NodeNetwork.nodeAddress)
                  port: \(port)
                  role: mesh
                  token: {secretKeyRef: {name: vault-\(number), namespace: osm-system, key: token}}
            """
        )
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
        try run.kubectl.apply(manifest(name, trustDomain: trustDomain))
    }

    private func manifest(_ name: String, trustDomain: String = "cluster.local") -> String {
        """
        apiVersion: config.openservicemesh.io/v1alpha2
        kind: MeshRootCertificate
        metadata: {name: \(name), namespace: osm-system}
        spec:
          role: active
          trustDomain: \(trustDomain)
          provider: {tresor: {ca: {secretRef: {name: \(name), namespace: osm-system}}}}
        """
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
