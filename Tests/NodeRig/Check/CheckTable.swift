/// What was checked, and what came of it.
struct CheckTable {
    struct Row: Sendable {
        let name: String
        let expected: String
        let observed: String

        var isAsExpected: Bool { expected == observed }
    }

    private var rows: [Row] = []

    /// Whether everything was as expected, and there was something.
    var isAsExpected: Bool { !rows.isEmpty && rows.allSatisfy(\.isAsExpected) }

    /// The last line.
    var summary: String { "node: \(rows.count(where: \.isAsExpected)) of \(rows.count) checks as expected" }

    init() { print("   check | expected | observed") }

    /// Adds a row, and prints it.
    mutating func add(_ row: Row) {
        rows.append(row)
        print("\(row.isAsExpected ? "ok" : "NO") \(row.name) | \(row.expected) | \(row.observed)")
    }
}
