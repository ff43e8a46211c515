import Foundation

/// The long-lived connections of one client pod to one address, and what comes of them.
final class TCPTraffic {
    let client: String
    /// What the address is called in tables.
    let service: String
    let connections: Int
    /// Lines a second on each connection.
    let rate: Int
    /// Reports by interval, in their order.
    private(set) var reports: [ConnectionReport] = []
    /// The sums of all, once the load has ended.
    private(set) var total: ConnectionReport?
    private let program: RunningProgram
    private var tail: LogTail

    /// Starts a load in a pod.
    ///
    /// - Parameters:
    ///   - address: `HOST:PORT` or `[IPv6]:PORT`.
    ///   - isGreeted: whether the server speaks first.
    init(
        from pod: RunningPod, address: String, to service: String, isGreeted: Bool, connections: Int, rate: Int
    ) throws {
        client = pod.name
        self.service = service
        self.connections = connections
        self.rate = rate
        // One file for each load: a pod may have several.
        let name = "\(pod.name)-load-\(service)"
        tail = LogTail(after: "\(pod.logs)/\(name).out")
        program = try pod.run(
            ["load-tcp", "--address", address, "--connections", "\(connections)", "--rate", "\(rate)"]
                + ["--report-ms", "\(Int(Traffic.interval / .milliseconds(1)))"] + (isGreeted ? ["--banner"] : []),
            name: name)
    }

    var programs: [RunningProgram] { [program] }

    /// Everything so far.
    var sum: ConnectionReport { reports.reduce(.nothing, +) }

    /// The last seconds.
    var recent: ConnectionReport { reports.suffix(25).reduce(.nothing, +) }

    /// What came in intervals that lie wholly after a time.
    func sum(after time: Date) -> ConnectionReport {
        let interval = Traffic.interval / .seconds(1)
        return reports.filter { $0.t - interval > time.timeIntervalSince1970 }.reduce(.nothing, +)
    }

    /// Reads what is new.
    func refresh() {
        for line in tail.newLines() {
            guard let report = try? JSONDecoder().decode(ConnectionReport.self, from: Data(line.utf8)) else { continue }
            if report.total == true { total = report } else { reports.append(report) }
        }
    }

    /// Returns once all connections are open.
    func awaitOpen(while waiting: () -> Void = {}) throws {
        try Waiting.until("the connections of \(client) to \(service)", explanation: { self.sum.failures }) {
            refresh()
            waiting()
            return reports.last?.open == connections ? () : nil
        }
    }

    /// Ends all connections, and returns the sums of all.
    func finish() throws -> ConnectionReport {
        program.send(SIGTERM)
        return try Waiting.until("the connections of \(client) to end", explanation: { program.lastErrors() }) {
            let isRunning = program.isRunning
            refresh()
            guard !isRunning, total == nil else { return isRunning ? nil : total }
            // It was ended before it could begin; or it failed.
            if !reports.isEmpty { try program.checkRunning() }
            return .nothing
        }
    }
}
