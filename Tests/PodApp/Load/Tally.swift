import Synchronization

/// What came of the requests of a load, since the last report and in all.
final class Tally: Sendable {
    /// Numbers of requests, and the longest latency.
    struct Sums: Sendable {
        var sent = 0
        var done = 0
        var ok = 0
        var status: [String: Int] = [:]
        var apps: [String: Int] = [:]
        var errors: [String: Int] = [:]
        var longest = Duration.zero
    }

    private struct State {
        var interval = Sums()
        var total = Sums()
        var latencies: [Duration] = []

        mutating func add(_ change: (inout Sums) -> Void) {
            change(&interval)
            change(&total)
        }
    }

    private let state = Mutex(State())

    /// The sums since the start.
    var total: Sums { state.withLock(\.total) }
    /// The latencies of all answers, unsorted; requests without an answer have none.
    var latencies: [Duration] { state.withLock(\.latencies) }

    /// The sums since this was last called.
    func takeInterval() -> Sums {
        state.withLock { state in
            defer { state.interval = Sums() }
            return state.interval
        }
    }

    /// A request was due.
    func sent() { state.withLock { $0.add { $0.sent += 1 } } }

    /// A request was answered, whatever the status.
    func answered(status: Int, app: String?, after latency: Duration) {
        state.withLock { state in
            state.latencies.append(latency)
            state.add { sums in
                sums.done += 1
                if (200..<300).contains(status) { sums.ok += 1 }
                sums.status["\(status)", default: 0] += 1
                if let app { sums.apps[app, default: 0] += 1 }
                sums.longest = max(sums.longest, latency)
            }
        }
    }

    /// A request got no complete answer.
    func failed(_ failure: Failure, after latency: Duration) {
        state.withLock { state in
            state.add { sums in
                sums.done += 1
                sums.errors[failure.word, default: 0] += 1
                sums.longest = max(sums.longest, latency)
            }
        }
    }
}
