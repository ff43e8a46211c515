import Foundation

/// The mesh that the proofs share, and what came of them.
final class ProofRun {
    let rig: Rig
    /// How many edits the proofs about edits make.
    let edits: Int
    /// What the manifests say now.
    private(set) var policies = ProofPolicies()
    /// How often something was not as promised.
    private(set) var objections = 0
    private var written: [String: String] = [:]
    private var probers: [String: OpenProber] = [:]

    init(_ rig: Rig, edits: Int) {
        self.rig = rig
        self.edits = edits
    }

    /// Runs a proof, after everything is as all proofs begin.
    func prove(_ proof: any Proof) throws {
        Output.say("==> \(proof.name): \(proof.promise)")
        let (start, before) = (ContinuousClock.now, objections)
        try write(ProofPolicies())
        try rig.publishEndpoints()
        try awaitAllReady()
        do {
            let figures = try proof.run(self)
            let seconds = Int(start.duration(to: .now) / .seconds(1))
            Output.say("\(objections == before ? "✓" : "✗") \(proof.name), \(seconds) s")
            Output.say("figure: \(proof.name): \(figures)")
        } catch let error as RigError where error.code != .interrupted {
            object("\(proof.name) could not go on: \(error)")
        }
        try stopTraffic()
    }

    func stop() {
        for prober in probers.values { prober.stop() }
    }

    /// Says how it goes.
    func note(_ text: String) { Output.say("    \(text)") }

    /// Objects if what is seen is not what was expected.
    func expect(_ what: String, _ expected: String, seen: String) {
        if seen != expected { object("\(what): expected \(expected), seen \(seen)") }
    }

    /// Objects if something is not so.
    func expect(_ what: String, _ expected: String, _ isMet: Bool, seen: String) {
        if !isMet { object("\(what): expected \(expected), seen \(seen)") }
    }

    private func object(_ text: String) {
        objections += 1
        Output.say("  ✗ \(text)")
    }

    /// Makes the manifests say something else; files that stay the same are not touched.
    func write(_ new: ProofPolicies) throws {
        policies = new
        for file in new.files where written[file.name] != file.text {
            try rig.manifests.write(file.text, to: file.name)
            written[file.name] = file.text
        }
    }

    /// The client's program that keeps connections open.
    func prober(_ client: String) throws -> OpenProber {
        if let prober = probers[client] { return prober }
        let prober = try OpenProber(in: rig.pod(client).namespace, app: rig.programs.app)
        probers[client] = prober
        return prober
    }
}
