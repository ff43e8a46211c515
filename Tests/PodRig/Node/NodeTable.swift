/// A table of expectations: a row is printed when it is decided.
final class NodeTable {
    private(set) var decided = 0
    private(set) var asExpected = 0
    private static let widths = [30, 44, 26]

    /// Begins a part.
    func begin(_ title: String) {
        Output.say("")
        Output.say("\(title)   (\(asExpected) of \(decided) as expected)")
        Output.say(Self.line(" ", ["who", "what", "expected", "observed"]))
    }

    /// Decides a row.
    func row(_ who: String, _ what: String, _ expected: String, _ observed: String, isAsExpected: Bool) {
        decided += 1
        asExpected += isAsExpected ? 1 : 0
        Output.say(Self.line(isAsExpected ? "✓" : "✗", [who, what, expected, observed]))
    }

    /// Decides a row by equality.
    func row(_ who: String, _ what: String, _ expected: String, _ observed: String) {
        row(who, what, expected, observed, isAsExpected: expected == observed)
    }

    var isAsExpected: Bool { asExpected == decided }
    /// The last word.
    func summary(_ name: String) -> String { "\(name): \(asExpected) of \(decided) checks as expected" }

    private static func line(_ mark: String, _ cells: [String]) -> String {
        let columns = zip(cells, widths + [0]).map { text, width in
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return "\(mark) \(columns.joined(separator: " "))"
    }
}
