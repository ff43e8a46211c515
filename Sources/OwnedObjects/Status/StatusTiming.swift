/// When statuses are written.
public struct StatusTiming: Equatable, Sendable {
    /// How long a new generation that is on its way to the proxies is kept back, so that mostly one write tells both
    /// that it is accepted and that it is in force.
    public var settling = Duration.seconds(1)
    /// How long proxies must have been behind before a condition that was true turns false without an edit of the
    /// object: pods that come and proxies that move to another replica are mostly current again by then.
    public var patience = Duration.seconds(10)
    /// The least time between two writes of one object.
    public var interval = Duration.seconds(1)
    /// The least time between a write and one that only tells other counts or words.
    public var refresh = Duration.seconds(60)
    /// So many conditions are written per second in the long run.
    public var conditionsPerSecond = 20.0
    /// So many conditions are written at once after a quiet time.
    public var conditionBurst = 50.0
    /// So many counts and words are written per second in the long run.
    public var refreshesPerSecond = 2.0
    /// So many counts and words are written at once after a quiet time.
    public var refreshBurst = 10.0
    /// The first pause after a write that failed; it doubles with each further failure.
    public var firstPause = Duration.milliseconds(500)
    /// The longest pause after a write that failed.
    public var longestPause = Duration.seconds(60)

    /// The usual timing (source: the design's bounds of one write per object and second, and one count per minute).
    public init() {}
}

/// Lets through so many in the long run, and some at once.
struct Allowance: Equatable, Sendable {
    private let perSecond: Double
    private let burst: Double
    private var tokens: Double
    private var filled: Duration?

    init(perSecond: Double, burst: Double) {
        self.perSecond = perSecond
        self.burst = burst
        tokens = burst
    }

    /// Takes one; `false` if there is none now.
    mutating func take(at now: Duration) -> Bool {
        if let filled, now > filled { tokens = min(burst, tokens + (now - filled) / .seconds(1) * perSecond) }
        filled = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
