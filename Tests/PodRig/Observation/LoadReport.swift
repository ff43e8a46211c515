import Foundation

/// A line of the test application's load: what came of its requests since the line before, or in all.
struct LoadReport: Decodable {
    /// Seconds since 1970.
    let t: Double
    /// Whether the line is the last one, with the sums of all.
    let total: Bool?
    var sent: Int
    var done: Int
    var ok: Int
    var status: [String: Int]
    /// Answers by the application that gave them.
    var apps: [String: Int]
    /// Requests without an answer, by the reason.
    var errors: [String: Int]

    static let nothing = LoadReport(t: 0, total: nil, sent: 0, done: 0, ok: 0, status: [:], apps: [:], errors: [:])

    /// Requests that were not answered with a status of success.
    var failed: Int { done - ok }

    /// What failed, by status and reason, for people.
    var failures: String {
        let statuses = status.filter { !$0.key.hasPrefix("2") }
        let all = statuses.merging(errors) { $0 + $1 }.sorted { $0.key < $1.key }
        return all.map { "\($0.value) x \($0.key)" }.joined(separator: ", ")
    }

    /// The sums of two reports.
    static func + (left: LoadReport, right: LoadReport) -> LoadReport {
        LoadReport(
            t: max(left.t, right.t), total: nil, sent: left.sent + right.sent, done: left.done + right.done,
            ok: left.ok + right.ok, status: left.status.merging(right.status, uniquingKeysWith: +),
            apps: left.apps.merging(right.apps, uniquingKeysWith: +),
            errors: left.errors.merging(right.errors, uniquingKeysWith: +))
    }
}
