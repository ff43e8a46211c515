/// How long to wait after the next failure in a row: twice as long each time, up to a limit, at random down to half.
struct Backoff: Equatable, Sendable {
    /// The longest wait after the first failure.
    let base: Duration
    /// The longest wait ever.
    let limit: Duration
    private var failures = 0

    /// No failure yet.
    ///
    /// Kubernetes' Go client waits from 0.8 to 30 seconds; here an edit that is made when the server is back should be in
    /// effect soon, and there is one watch per kind.
    init(base: Duration = .milliseconds(400), limit: Duration = .seconds(8)) {
        self.base = base
        self.limit = limit
    }

    /// The wait after one more failure, between half and all of what is due.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        // 2^20 times any base is beyond any limit.
        let due = min(base * (1 << min(failures, 20)), limit)
        failures += 1
        return due * Double.random(in: 0.5...1, using: &generator)
    }

    /// How many failures there were in a row.
    var count: Int { failures }

    /// Something went well.
    mutating func reset() { failures = 0 }
}
