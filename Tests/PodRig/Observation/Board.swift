import Foundation

/// The demo's table: the expectations of the current step, and the traffic of all clients.
///
/// On a terminal it is drawn anew in place; elsewhere each row is printed when it is decided.
final class Board {
    private let terminal: Terminal
    private var title = ""
    private var rows: [Expectation] = []
    private var notes: [String] = []
    private var traffic: [Traffic] = []
    private var connections: [TCPTraffic] = []
    /// What the person at the terminal is asked to do.
    var prompt: String?
    private var lastDrawn = ContinuousClock.now - .seconds(1)
    private let start = ContinuousClock.now
    /// All expectations of the steps before and of this one that were decided.
    private var decided = 0
    private var asExpected = 0

    private static let widths = [13, 14, 44, 20, 27]

    init(terminal: Terminal) { self.terminal = terminal }

    /// Starts a step's table; the one before stays above it.
    func begin(_ title: String) {
        finishStep()
        self.title = title
        guard !terminal.isLive else { return }
        terminal.print(["", heading, Board.line(" ", Expectation.headings)])
    }

    /// Prints the table of the current step for good.
    func finishStep() {
        if terminal.isLive, !title.isEmpty { terminal.print([""] + table) }
        (title, rows, notes) = ("", [], [])
    }

    /// Adds a row that is not decided yet, and returns its place.
    func add(_ row: Expectation) -> Int {
        rows.append(row)
        refresh(isForced: true)
        return rows.count - 1
    }

    /// Decides a row.
    func decide(_ place: Int, _ observation: Observation) {
        rows[place].observation = observation
        decided += 1
        asExpected += observation.isAsExpected ? 1 : 0
        if !terminal.isLive { terminal.print([Board.line(rows[place].mark, rows[place].cells)]) }
        refresh(isForced: true)
    }

    /// Adds a line below the table.
    func note(_ text: String) {
        notes.append(text)
        if !terminal.isLive { terminal.print(["  \(text)"]) }
        refresh(isForced: true)
    }

    /// Says what is going on before there is a table.
    func progress(_ text: String) { terminal.print(["  \(text)"]) }

    /// Prints text for good.
    func print(_ text: String) { terminal.print([text]) }

    /// Whether every expectation so far came true.
    var isAsExpected: Bool { asExpected == decided }

    /// The last word.
    var summary: String { "demo: \(asExpected) of \(decided) checks as expected" }

    /// Takes other clients into the table.
    func show(_ traffic: [Traffic]) { self.traffic = traffic }

    /// Takes other long-lived connections into the table.
    func showHeld(_ connections: [TCPTraffic]) { self.connections = connections }

    /// Reads what the clients report, and draws a few times a second.
    func refresh(isForced: Bool = false) {
        for client in traffic { client.refresh() }
        for client in connections { client.refresh() }
        guard terminal.isLive, isForced || lastDrawn.duration(to: .now) > .milliseconds(250) else { return }
        lastDrawn = .now
        terminal.draw([""] + table + trafficLines + (prompt.map { ["", "  \($0)"] } ?? []))
    }

    private var heading: String {
        "\(title)   (\(Int(start.duration(to: .now) / .seconds(1))) s, \(asExpected) of \(decided) as expected)"
    }

    private var table: [String] {
        [heading, Board.line(" ", Expectation.headings)] + rows.map { Board.line($0.mark, $0.cells) }
            + notes.map { "  \($0)" }
    }

    private var trafficLines: [String] {
        guard !traffic.isEmpty || !connections.isEmpty else { return [] }
        return ["", "  traffic of the last seconds"] + traffic.map(Board.trafficLine)
            + connections.map(Board.connectionLine)
    }

    private static func connectionLine(_ load: TCPTraffic) -> String {
        let sum = load.sum
        let failures = sum.failures.isEmpty ? "none lost" : sum.failures
        let ends = "\(pad(load.client, 13)) -> \(pad(load.service, 12))"
        let open = "\(sum.open) of \(load.connections) connections open, \(load.recent.answers) answers"
        return "    \(ends) \(open)   \(failures)"
    }

    private static func trafficLine(_ traffic: Traffic) -> String {
        let recent = traffic.recent
        let done = max(recent.done, 1)
        let shares = recent.apps.sorted { $0.key < $1.key }
            .map { "\($0.key) \(Int((100 * Double($0.value) / Double(done)).rounded())) %" }
        let failures = recent.failures
        let result = shares + (failures.isEmpty ? [] : ["failed: \(failures)"])
        let client = pad(traffic.client, 13)
        return "    \(client) -> \(pad(traffic.service, 12)) \(traffic.rate)/s  \(result.joined(separator: "   "))"
    }

    private static func line(_ mark: String, _ cells: [String]) -> String {
        let columns = zip(cells, widths + [0]).map { pad($0, $1) }
        return "\(mark) \(columns.joined(separator: " "))"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
