import Oracle

/// What the semantics check has seen so far.
struct SemanticsTally {
    private(set) var calls = 0
    private(set) var allowed = 0
    private(set) var refused = 0
    private(set) var rows: [String: Int] = [:]
    private(set) var objections: [String] = []

    mutating func add(_ call: SemanticsCall, rows: Set<String>, answer: Prober.Answer) {
        calls += 1
        if answer.app != nil { allowed += 1 } else { refused += 1 }
        for row in rows { self.rows[row, default: 0] += 1 }
        if let objection = call.objection(to: answer) { objections.append(objection) }
    }

    /// The kinds of outcome that fall short, allowed (`true`) or refused, or both if none does.
    var scarceOutcomes: [Bool] {
        if allowedShare < 0.36 { return [true] }
        return refusedShare < 0.36 ? [false] : [true, false]
    }

    var allowedShare: Double { Double(allowed) / Double(max(calls, 1)) }
    var refusedShare: Double { Double(refused) / Double(max(calls, 1)) }

    /// What is not as it must be.
    func shortcomings(leastCalls: Int, leastHits: Int) -> [String] {
        var shortcomings: [String] = []
        if calls < leastCalls { shortcomings.append("\(calls) calls, not \(leastCalls)") }
        if allowedShare < 0.3 { shortcomings.append("only \(Int(allowedShare * 100)) % were allowed") }
        if refusedShare < 0.3 { shortcomings.append("only \(Int(refusedShare * 100)) % were refused") }
        for row in SemanticRows.all where rows[row, default: 0] < leastHits {
            shortcomings.append("`\(row)` was hit \(rows[row, default: 0]) times, not \(leastHits)")
        }
        for row in rows.keys where !SemanticRows.all.contains(row) { shortcomings.append("`\(row)` is no row") }
        return shortcomings
    }
}
