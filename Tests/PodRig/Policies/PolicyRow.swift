import Foundation

/// A row of the table of policies.
struct PolicyRow {
    let policy: String
    let what: String
    let expected: String
    let observed: String
    let isAsExpected: Bool

    static let headings = ["policy", "case", "expected", "observed"]

    var cells: [String] { [policy, what, expected, observed] }

    /// The table, its columns as wide as they must be.
    static func table(_ rows: [PolicyRow]) -> [String] {
        let all = [headings] + rows.map(\.shortCells)
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        func line(_ mark: String, _ cells: [String]) -> String {
            let padded = zip(cells, widths).dropLast().map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            return "\(mark) \((padded + cells.suffix(1)).joined(separator: " | "))"
        }
        let rule = "  " + widths.map { String(repeating: "-", count: $0) }.joined(separator: "-|-")
        return [line(" ", headings), rule] + rows.map { line($0.isAsExpected ? "✓" : "✗", $0.shortCells) }
    }

    /// The cells, without the middle of a long case and the end of a long observation that is as expected.
    private var shortCells: [String] {
        let short = what.count > 90 ? "\(what.prefix(60))...\(what.suffix(27))" : what
        let isLong = isAsExpected && observed.count > 80
        return [policy, short, expected, isLong ? "\(observed.prefix(77))..." : observed]
    }
}
