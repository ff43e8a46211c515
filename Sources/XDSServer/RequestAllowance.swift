/// How much a stream may still ask: a bucket that requests empty and that time fills.
///
/// Envoy answers each response once and sends one request for each change of its subscriptions; extensions and secrets
/// it asks for one by one. So a proxy that starts with thousands of services sends thousands of requests at once, and
/// few afterwards: far less than a bucket holds, and than flows in.
struct RequestAllowance: Equatable, Sendable {
    /// How many requests a stream may send at once.
    static let burst = 10_000
    /// How many it may send in each second for ever.
    static let perSecond = 500
    /// A large request counts for several: one for each so many bytes begun.
    static let bytesPerRequest = 32 << 10

    /// So does one with many names: one for each so many.
    static let namesPerRequest = 1_000

    private var remaining = Double(Self.burst)
    private var moment: ContinuousClock.Instant?

    /// Takes up a request of a size; `false` if the stream has asked too much.
    ///
    /// - Parameter now: A moment not before that of the last call.
    mutating func take(bytes: Int, at now: ContinuousClock.Instant) -> Bool {
        if let moment, moment < now {
            let seconds = Double(moment.duration(to: now) / .milliseconds(1)) / 1_000
            remaining = min(Double(Self.burst), remaining + seconds * Double(Self.perSecond))
        }
        moment = now
        return take(max(1, (bytes + Self.bytesPerRequest - 1) / Self.bytesPerRequest))
    }

    /// Takes up the names of the request that was last taken up; `false` if the stream has asked too much.
    mutating func take(names: Int) -> Bool { take(names / Self.namesPerRequest) }

    private mutating func take(_ cost: Int) -> Bool {
        guard remaining >= Double(cost) else { return false }
        remaining -= Double(cost)
        return true
    }
}
