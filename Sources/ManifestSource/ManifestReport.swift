/// Which problems are new: one is told when it appears, and not again until it went away and came back.
public struct ManifestReport: Sendable {
    /// What makes two problems the same: lines move when something above them is edited.
    private struct Identity: Hashable {
        let file: String
        let subject: ManifestProblem.Subject?
        let path: String
        let message: String

        init(_ problem: ManifestProblem) {
            file = problem.file
            subject = problem.subject
            path = problem.path
            message = problem.message
        }
    }

    private var known: Set<Identity> = []

    /// Nothing was told yet.
    public init() {}

    /// Takes the problems that there are now.
    ///
    /// - Returns: Those that were not there the last time, in the order given.
    public mutating func update(_ problems: [ManifestProblem]) -> [ManifestProblem] {
        var current: Set<Identity> = []
        var new: [ManifestProblem] = []
        for problem in problems {
            let identity = Identity(problem)
            if current.insert(identity).inserted, !known.contains(identity) { new.append(problem) }
        }
        known = current
        return new
    }
}
