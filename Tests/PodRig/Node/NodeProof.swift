/// A promise of injection and admission, and how it is put to the test with pods that really run.
protocol NodeProof: Sendable {
    /// How it is asked for on the command line.
    var name: String { get }
    /// What is promised.
    var promise: String { get }

    /// Runs it, from a mesh in permissive mode.
    ///
    /// What is not as promised is an objection of the run.
    ///
    /// - Returns: The figures.
    /// - Throws: `RigError` where it makes no sense to go on.
    func run(_ run: NodeRun) throws -> String
}

/// All proofs, in the order in which they run.
enum NodeProofs {
    static let all: [any NodeProof] = [
        ProbesProof(), JobsProof(), NativeProof(), RestartsProof(), WebhookOutageProof(), RotationProof(),
        SecretsProof(), CommandProof(),
    ]
}
