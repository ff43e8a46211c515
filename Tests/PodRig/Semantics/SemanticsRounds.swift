import Foundation
import MeshModel
import Oracle
import TestInstruments

/// The rounds of the semantics check: edits, a wait until they hold everywhere, requests.
struct SemanticsRounds {
    private let rig: Rig
    private var mesh: SemanticsMesh
    private var random: RandomMesh
    private var tally = SemanticsTally()
    /// The clients by the names of their pods; that without a sidecar under `outsider`.
    private var probers: [String: Prober] = [:]
    private let outsider: Namespace
    private var plainApplication: RunningProgram?
    private var record: SemanticsRecord?

    init(_ rig: Rig, _ mesh: SemanticsMesh, _ random: RandomMesh, record: SemanticsRecord? = nil) throws {
        self.rig = rig
        self.record = record
        self.mesh = mesh
        try self.mesh.read(rig.manifests)
        self.random = random
        outsider = try rig.attach("outsider", SemanticsPods.outsiderAddress, "default")
        let plain = try rig.attach(SemanticsPods.plain.name.name, SemanticsPods.plain.address, "default")
        for pod in rig.pods {
            probers[pod.name] = try Prober(name: pod.name, in: pod.namespace, app: rig.programs.app)
        }
        let name = SemanticsPods.plain.name.name
        probers[name] = try Prober(name: name, in: plain, app: rig.programs.app)
        probers["outsider"] = try Prober(name: "outsider", in: outsider, app: rig.programs.app)
        plainApplication = try RunningProgram(
            name: "plain-app", logs: rig.programs.logs,
            command: plain.command(
                [rig.programs.app] + SemanticsPods.application(SemanticsPods.plain.name.name),
                user: RunningPod.applicationUser))
        // What goes to an address of a Service past all proxies is answered at once that nobody is there.
        let words = "iptables -t nat -A PREROUTING -d 10.1.0.0/16 -p tcp -j REDIRECT --to-ports 9"
        try Command(rig.node.command(words.split(separator: " ").map(String.init))).check()
        for identity in SemanticsPods.identities {
            try rig.controller.writeCertificate(of: identity, to: directory(of: identity))
        }
        try Command(["chown", "-R", "\(RunningPod.applicationUser)", "\(rig.directory)/identities"]).check()
    }

    func stop() {
        for prober in probers.values { prober.stop() }
        if let plainApplication { _ = RunningProgram.stop([plainApplication]) }
    }

    /// Goes on until enough calls were compared, or one was not as predicted.
    ///
    /// Up to twice as many are compared where some row was hit too seldom by then: meshes are random.
    mutating func run(until calls: Int, hits: Int, each round: Int) throws -> SemanticsTally {
        var rounds = 0
        while tally.calls < calls * 2, !tally.shortcomings(leastCalls: calls, leastHits: hits).isEmpty {
            try Interruption.check()
            if rounds > 0 { change(isOther: rounds % 4 == 0) }
            try enforce()
            try compare(round)
            rounds += 1
            if rounds % 10 == 0 {
                Output.say("  \(rounds) rounds, \(tally.calls) calls, \(tally.objections.count) differences")
            }
            if tally.objections.count > 0 { break }
        }
        return tally
    }

    /// Writes the objects, and returns when every proxy enforces them.
    private mutating func enforce() throws {
        rig.controller.log.refresh()
        let start = rig.controller.log.count
        let changed = try mesh.write(random.objects, to: rig.manifests)
        guard changed > 0 else { return }
        let revision = try Waiting.until("\(changed) changes to be published", pause: .milliseconds(5)) { () -> Int? in
            rig.controller.log.refresh()
            let batches = rig.controller.log.batches(from: start)
            return batches.map(\.changes).reduce(0, +) >= changed ? batches.last?.revision : nil
        }
        var late: [String] = []
        try Waiting.until(
            "revision \(revision) to be enforced", pause: .milliseconds(5),
            explanation: { late.joined(separator: ", ") }
        ) { () -> Void? in
            let status = try ControllerStatus(asking: rig.node)
            late = status.proxies.filter { $0.acknowledged < revision }.map { "\($0.pod) at \($0.acknowledged)" }
            return late.isEmpty && status.proxies.count == rig.pods.count ? () : nil
        }
    }

    /// Goes on to the mesh that tells most, of some that edits lead to, or of others altogether.
    ///
    /// - Parameter isOther: Whether it is another altogether: edits lead to what lies near only.
    private mutating func change(isOther: Bool) {
        let meshes = (0..<6).map { _ in
            var mesh = random
            let seed = random.random.next()
            if isOther {
                mesh = RandomMesh(seed: seed, running: SemanticsPods.running)
            } else {
                mesh.random = SeededGenerator(seed: seed)
                for _ in 0..<mesh.random.pick(8, 24, 60) { mesh.edit() }
            }
            let worth = SemanticsChoice(300, about: mesh.objects, &mesh).worth(tally)
            return (mesh: mesh, worth: worth)
        }
        random = meshes.max { $0.worth < $1.worth }?.mesh ?? random
    }

    private mutating func compare(_ count: Int) throws {
        var calls: [SemanticsCall] = []
        var rows: [Set<String>] = []
        var choice = SemanticsChoice(count * 12, about: mesh.objects, &random)
        var seen = tally.rows
        while calls.count < count {
            // Every other one for its rarest row alone, or a kind of outcome that falls short would crowd rows out.
            let outcomes = calls.count.isMultiple(of: 2) ? tally.scarceOutcomes : [true, false]
            let candidate = choice.take(seen, outcomes: outcomes) ?? choice.take(seen, outcomes: [true, false])
            guard let candidate else { break }
            for row in candidate.rows { seen[row, default: 0] += 1 }
            calls.append(candidate.call)
            rows.append(candidate.rows)
        }
        var requests: [String: [ProbeRequest]] = [:]
        for (id, call) in calls.enumerated() {
            requests[call.caller.host, default: []].append(request(id, call))
        }
        for (name, requests) in requests { try probers[name]?.send(requests) }
        var answers: [(call: SemanticsCall, answer: Prober.Answer)] = []
        for (name, requests) in requests {
            for answer in try probers[name]?.collect(requests.count) ?? [] {
                tally.add(calls[answer.id], rows: rows[answer.id], answer: answer)
                answers.append((calls[answer.id], answer))
            }
        }
        try record?.add(mesh.manifests(of: rig.manifests), answers, Oracle(mesh.objects))
    }

    private func request(_ id: Int, _ call: SemanticsCall) -> ProbeRequest {
        var tls: ProbeRequest.TLS?
        if case .outsider(let identity, let service) = call.caller {
            let place = directory(of: identity ?? SemanticsPods.identities[0])
            tls = ProbeRequest.TLS(
                roots: "\(place)/roots.pem", certificate: identity.map { _ in "\(place)/cert.pem" },
                key: identity.map { _ in "\(place)/key.pem" },
                serverName: service.map { "\($0.name).\($0.namespace).svc.cluster.local" } ?? "nothing.example",
                isMesh: true)
        }
        if case .ingress(_, let ingress, let identity) = call.caller, let serverName = ingress.serverName {
            let place = directory(of: identity ?? SemanticsPods.identities[0])
            let isShown = ingress.certificate != nil
            tls = ProbeRequest.TLS(
                roots: "\(place)/roots.pem", certificate: isShown ? "\(place)/cert.pem" : nil,
                key: isShown ? "\(place)/key.pem" : nil, serverName: serverName, isMesh: false)
        }
        return ProbeRequest(id: id, endpoint: "\(call.address)", text: call.text, tls: tls)
    }

    private func directory(of identity: ServiceIdentity) -> String {
        "\(rig.directory)/identities/\(identity.namespace)-\(identity.serviceAccount)"
    }
}
