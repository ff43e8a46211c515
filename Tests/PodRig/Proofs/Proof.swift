/// A promise of the mesh, and how it is put to the test on a running one.
protocol Proof: Sendable {
    /// How it is asked for on the command line.
    var name: String { get }
    /// What is promised.
    var promise: String { get }

    /// Runs it, from the policies that every proof begins with.
    ///
    /// What is not as promised is an objection of the run.
    ///
    /// - Returns: The figures.
    /// - Throws: `RigError` where it makes no sense to go on.
    func run(_ run: ProofRun) throws -> String
}

/// All proofs, in the order in which they run.
enum Proofs {
    static let all: [any Proof] = [
        IPv6Proof(), ServerFirstProof(), StatusProof(), HeadlessProof(), ProgrammedProof(), EditsProof(), CrashProof(),
        RootsProof(), RenewalProof(), PeersProof(), LazyProof(),
    ]
}
