internal import XDSCache

/// Which streams end next, when all are to come back on new connections: a few at a time, at random.
///
/// A proxy that comes back and still knows the server by the former root only is asked again later, each time after twice as
/// long.
struct Departures {
    /// A stream on a connection that is to be given up.
    struct Stream {
        var stream: UInt64
        var proxy: ProxyID
        /// When its connection was accepted.
        var begin: ContinuousClock.Instant
    }

    /// So many end at once at most, and one of twenty at least.
    private static let most = 100
    private static let part = 20

    /// How often each proxy was sent away.
    private var attempts: [ProxyID: Int] = [:]

    /// The streams to end in this second.
    ///
    /// - Parameters:
    ///   - retry: After how long a proxy that came back to the former chain is asked for the first time; ten times as long
    ///     at most.
    mutating func next(of streams: [Stream], retry: Duration, at now: ContinuousClock.Instant) -> [UInt64] {
        let due = streams.filter { stream in
            guard let count = attempts[stream.proxy] else { return true }
            return now >= stream.begin + min(retry * (1 << min(count - 1, 4)), retry * 10)
        }
        let count = min(Self.most, (due.count + Self.part - 1) / Self.part)
        let chosen = due.shuffled().prefix(count)
        for stream in chosen { attempts[stream.proxy, default: 0] += 1 }
        return chosen.map(\.stream)
    }
}
