import Synchronization

/// How often what was told has come, each since a time of its own: a unit of time begins with its first hit.
final class HitCounts: Sendable {
    /// What is said of a descriptor.
    struct Verdict: Sendable {
        let limit: CountedLimit
        let isOver: Bool
        let remaining: Int
        let untilReset: Duration
    }

    private struct Window {
        var hits: Int
        let end: ContinuousClock.Instant
    }

    private let limits: [CountedLimit]
    private let windows = Mutex<[String: Window]>([:])

    init(limits: [CountedLimit]) { self.limits = limits }

    /// Counts a descriptor; `nil` if no limit is about it.
    func count(_ descriptor: [(key: String, value: String)], in domain: String, hits: Int) -> Verdict? {
        guard let limit = limits.first(where: { $0.covers(descriptor, in: domain) }) else { return nil }
        let name = "\(domain) \(descriptor.map { "\($0.key)=\($0.value)" }.joined(separator: ","))"
        let now = ContinuousClock.now
        return windows.withLock { windows in
            var window = windows[name] ?? Window(hits: 0, end: now + limit.interval)
            if window.end <= now { window = Window(hits: 0, end: now + limit.interval) }
            window.hits += hits
            windows[name] = window
            return Verdict(
                limit: limit, isOver: window.hits > limit.count, remaining: max(0, limit.count - window.hits),
                untilReset: now.duration(to: window.end))
        }
    }
}
