/// One thing that the demo expects: a row of its table.
struct Expectation {
    let caller: String
    let service: String
    /// What is asked of the service.
    let what: String
    let expected: String
    var observation: Observation?

    /// The row's texts, in the order of the columns.
    var cells: [String] {
        [caller, service, what, expected, observation?.text ?? "...", observation?.decidedBy ?? ""]
    }

    static let headings = ["caller", "service", "what", "expected", "observed", "decided by"]

    /// What stands before the row.
    var mark: String {
        guard let observation else { return " " }
        return observation.isAsExpected ? "✓" : "✗"
    }
}

/// What came of an expectation.
struct Observation {
    let text: String
    /// The policy, or the part of the mesh, that decided.
    var decidedBy: String? = nil
    let isAsExpected: Bool
}
