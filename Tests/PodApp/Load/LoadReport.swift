/// A line of the load's output.
struct LoadReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case time = "t"
        case isTotal = "total"
        case sent, done, ok, status, apps, errors
        case longest = "max_ms"
        case median = "p50_ms"
        case p90 = "p90_ms"
        case p99 = "p99_ms"
    }

    private let time = JSONLine.timestamp()
    private let isTotal: Bool?
    private let sent: Int
    private let done: Int
    private let ok: Int
    private let status: [String: Int]
    private let apps: [String: Int]
    private let errors: [String: Int]
    private let longest: Double
    private let median: Double?
    private let p90: Double?
    private let p99: Double?

    /// What happened since the line before.
    init(interval sums: Tally.Sums) { self.init(sums, isTotal: nil, sortedLatencies: []) }

    /// What happened in all; percentiles by nearest rank.
    init(total sums: Tally.Sums, latencies: [Duration]) {
        self.init(sums, isTotal: true, sortedLatencies: latencies.sorted())
    }

    private init(_ sums: Tally.Sums, isTotal: Bool?, sortedLatencies latencies: [Duration]) {
        func percentile(_ share: Double) -> Double? {
            guard !latencies.isEmpty else { return nil }
            return latencies[max(0, Int((Double(latencies.count) * share).rounded(.up)) - 1)].milliseconds
        }
        self.isTotal = isTotal
        sent = sums.sent
        done = sums.done
        ok = sums.ok
        status = sums.status
        apps = sums.apps
        errors = sums.errors
        longest = sums.longest.milliseconds
        median = percentile(0.5)
        p90 = percentile(0.9)
        p99 = percentile(0.99)
    }
}

extension Duration {
    /// In milliseconds, to a microsecond.
    var milliseconds: Double { (self / .microseconds(1)).rounded() / 1_000 }
}
