/// Proofs on one mesh, and how often something was not as promised.
protocol MeshRun: AnyObject {
    /// The pods of `ProofPods`.
    var mesh: any PodMesh { get }
    /// Steady requests a second of each client.
    var rate: Int { get }
    /// How often something was not as promised.
    var objections: Int { get set }
    /// The clients' programs that keep connections open, by client.
    var probers: [String: OpenProber] { get set }
}

extension MeshRun {
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

    /// Runs a proof, and prints its figures; what keeps it from going on is an objection.
    ///
    /// - Throws: `RigError` with the code `interrupted`.
    func report(_ name: String, _ promise: String, _ proof: () throws -> String) throws {
        Output.say("==> \(name): \(promise)")
        let (start, before) = (ContinuousClock.now, objections)
        do {
            let figures = try proof()
            let seconds = Int(start.duration(to: .now) / .seconds(1))
            Output.say("\(objections == before ? "✓" : "✗") \(name), \(seconds) s")
            Output.say("figure: \(name): \(figures)")
        } catch let error as RigError where error.code != .interrupted {
            object("\(name) could not go on: \(error)")
        }
        try stopTraffic()
    }

    /// The client's program that keeps connections open.
    func prober(_ client: String) throws -> OpenProber {
        if let prober = probers[client] { return prober }
        let prober = try OpenProber(in: mesh.pod(client).namespace, app: mesh.programs.app)
        probers[client] = prober
        return prober
    }

    /// Ends the clients' programs.
    func stopProbers() {
        for prober in probers.values { prober.stop() }
        probers = [:]
    }

    private func object(_ text: String) {
        objections += 1
        Output.say("  ✗ \(text)")
    }
}
