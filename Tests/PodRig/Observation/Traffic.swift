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
    convenience init(from pod: RunningPod, method: String, url: String, to service: String, rate: Int) throws {
        try self.init(client: pod.name, service: service, rate: rate, logs: pod.logs) { name in
            try pod.run(Traffic.arguments(method: method, url: url, rate: rate), name: name)
        }
    }

    /// Starts a load on a host without a sidecar.
    convenience init(
        from client: String, in namespace: Namespace, _ programs: PodPrograms, url: String, to service: String,
        rate: Int
    ) throws {
        try self.init(client: client, service: service, rate: rate, logs: programs.logs) { name in
            let words = [programs.app] + Traffic.arguments(method: "GET", url: url, rate: rate)
            return try RunningProgram(
                name: name, logs: programs.logs, command: namespace.command(words, user: RunningPod.applicationUser))
        }
    }

    private init(
        client: String, service: String, rate: Int, logs: String, _ start: (String) throws -> RunningProgram
    ) throws {
        self.client = client
        self.service = service
        self.rate = rate
        // One file for each load: a pod may have several.
        let name = "\(client)-load-of-\(service)"
        tail = LogTail(after: "\(logs)/\(name).out")
        program = try start(name)
    }

    private static func arguments(method: String, url: String, rate: Int) -> [String] {
        [
            "load", "--method", method, "--url", url, "--rate", "\(rate)", "--connections", "8",
            "--report-ms", "\(Int(Traffic.interval / .milliseconds(1)))",
        ]
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
