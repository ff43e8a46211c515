import Foundation

/// A line of the test application's load of connections: what came of them since the line before, or in all.
struct ConnectionReport: Decodable {
    /// Seconds since 1970.
    let t: Double
    /// Whether the line is the last one, with the sums of all.
    let total: Bool?
    /// How many connections are open, at the time of the report.
    var open: Int
    /// Connections whose first line has come.
    var opened: Int
    /// Connections that ended before their first line, by reason.
    var unopened: [String: Int]
    /// Open connections that ended unasked, by reason.
    var lost: [String: Int]
    var sent: Int
    var answers: Int
    /// Answers that were not to the line sent.
    var mismatches: Int
    /// Answers by the application that gave them.
    var apps: [String: Int]

    static let nothing = ConnectionReport(
        t: 0, total: nil, open: 0, opened: 0, unopened: [:], lost: [:], sent: 0, answers: 0, mismatches: 0, apps: [:])

    /// How many open connections ended unasked.
    var losses: Int { lost.values.reduce(0, +) }

    /// What went wrong, for people; empty if nothing did.
    var failures: String {
        let wrong =
            lost.map { ("lost (\($0.key))", $0.value) } + unopened.map { ("not opened (\($0.key))", $0.value) }
            + (mismatches > 0 ? [("wrong answers", mismatches)] : [])
        return wrong.sorted { $0.0 < $1.0 }.map { "\($0.1) x \($0.0)" }.joined(separator: ", ")
    }

    /// The sums of two reports, of which the right one is the later, or of another load.
    static func + (left: ConnectionReport, right: ConnectionReport) -> ConnectionReport {
        ConnectionReport(
            t: max(left.t, right.t), total: nil, open: right.open, opened: left.opened + right.opened,
            unopened: left.unopened.merging(right.unopened, uniquingKeysWith: +),
            lost: left.lost.merging(right.lost, uniquingKeysWith: +), sent: left.sent + right.sent,
            answers: left.answers + right.answers, mismatches: left.mismatches + right.mismatches,
            apps: left.apps.merging(right.apps, uniquingKeysWith: +))
    }
}
