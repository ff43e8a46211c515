/// A promise of the operator, and how it is put to the test on a real API server with real proxies.
protocol OperatorProof: Sendable {
    /// How it is asked for on the command line.
    var name: String { get }
    /// What is promised.
    var promise: String { get }

    /// Runs it, from the policies that every proof begins with, all of them in effect.
    ///
    /// What is not as promised is an objection of the run.
    ///
    /// - Returns: The figures.
    /// - Throws: `RigError` where it makes no sense to go on.
    func run(_ run: OperatorRun) throws -> String
}

/// All proofs, in the order in which they run.
enum OperatorProofs {
    static let all: [any OperatorProof] = [
        ObjectEditsProof(), WritesProof(), MistakesProof(), DelayedProof(), RejectedProof(), OutageProof(),
        StormProof(),
        ReplicasProof(), RotationsProof(), ServersProof(), CallsProof(), RightsProof(),
    ]
}
