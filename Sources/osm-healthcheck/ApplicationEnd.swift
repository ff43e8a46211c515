import Synchronization

/// When the pod's applications have ended: all who wait for that share the looks at the kernel's tables.
final class ApplicationEnd: Sendable {
    private struct State {
        var lookedAt: ContinuousClock.Instant?
        /// When there was a socket last, as far as anybody looked.
        var busyAt: ContinuousClock.Instant?
        var waiting = 0
    }

    private let quietTime: Duration
    private let interval: Duration
    private let sockets: @Sendable () -> Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - quietTime: How long no application may have a socket until it counts as ended.
    ///   - interval: The least time between two looks.
    ///   - sockets: Looks how many sockets the applications have.
    init(
        quietTime: Duration = .seconds(3), interval: Duration = .milliseconds(200),
        sockets: @escaping @Sendable () -> Int = { ApplicationSockets().count }
    ) {
        self.quietTime = quietTime
        self.interval = interval
        self.sockets = sockets
    }

    /// How many wait at this moment.
    var waiting: Int { state.withLock { $0.waiting } }

    /// Returns once no application has had a socket for the quiet time, from now on.
    ///
    /// - Throws: `CancellationError` if the task is cancelled before.
    func wait() async throws {
        state.withLock { $0.waiting += 1 }
        defer { state.withLock { $0.waiting -= 1 } }
        let start = ContinuousClock.now
        while max(start, lastBusy() ?? start).duration(to: .now) < quietTime { try await Task.sleep(for: interval) }
    }

    private func lastBusy() -> ContinuousClock.Instant? {
        let now = ContinuousClock.now
        let mustLook = state.withLock { state in
            if let last = state.lookedAt, last.duration(to: now) < interval { return false }
            state.lookedAt = now
            return true
        }
        let isBusy = mustLook && sockets() > 0
        return state.withLock { state in
            if isBusy { state.busyAt = .now }
            return state.busyAt
        }
    }
}
