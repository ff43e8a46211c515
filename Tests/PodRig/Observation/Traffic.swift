import Foundation

/// The steady requests of one client pod, and what comes of them.
final class Traffic {
    let client: String
    let service: String
    let rate: Int
    /// Reports by interval, in their order.
    private(set) var reports: [LoadReport] = []
    /// The sums of all, once the load has ended.
    private(set) var total: LoadReport?
    private let program: RunningProgram
    private var tail: LogTail

    /// How often the load reports.
    static let interval = Duration.milliseconds(200)

    /// Starts a load in a pod.
    init(from pod: RunningPod, method: String, url: String, to service: String, rate: Int) throws {
        client = pod.name
        self.service = service
        self.rate = rate
        let name = "\(pod.name)-load"
        var tail = LogTail(path: "\(pod.logs)/\(name).out")
        _ = tail.newLines()
        self.tail = tail
        program = try pod.run(
            [
                "load", "--method", method, "--url", url, "--rate", "\(rate)", "--connections", "8",
                "--report-ms", "\(Int(Traffic.interval / .milliseconds(1)))",
            ], name: name)
    }

    var programs: [RunningProgram] { [program] }

    /// Everything so far.
    var sum: LoadReport { reports.reduce(.nothing, +) }

    /// The last seconds.
    var recent: LoadReport { reports.suffix(25).reduce(.nothing, +) }

    /// What was answered in intervals that lie wholly after a time.
    func sum(after time: Date) -> LoadReport {
        let interval = Traffic.interval / .seconds(1)
        // An interval ends with its report; one that began earlier may hold answers from before.
        return reports.filter { $0.t - interval > time.timeIntervalSince1970 }.reduce(.nothing, +)
    }

    /// Reads what is new.
    func refresh() {
        for line in tail.newLines() {
            guard let report = try? JSONDecoder().decode(LoadReport.self, from: Data(line.utf8)) else { continue }
            if report.total == true { total = report } else { reports.append(report) }
        }
    }

    /// Stops sending, lets requests under way finish, and returns the sums of all.
    func finish() throws -> LoadReport {
        program.send(SIGTERM)
        return try Waiting.until("the load of \(client) to end", explanation: { program.lastErrors() }) {
            let isRunning = program.isRunning
            refresh()
            guard !isRunning, total == nil else { return isRunning ? nil : total }
            // It was ended before it could begin; or it failed.
            if !reports.isEmpty { try program.checkRunning() }
            return .nothing
        }
    }
}
