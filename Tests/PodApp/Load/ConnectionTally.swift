import Synchronization

/// What came of the connections of a load, since the last report and in all.
final class ConnectionTally: Sendable {
    /// Numbers of connections and lines.
    struct Sums: Sendable {
        /// How many connections are open now.
        var open = 0
        /// Connections whose first line has come.
        var opened = 0
        /// Connections that ended before their first line, by reason.
        var unopened: [String: Int] = [:]
        /// Open connections that ended unasked, by reason.
        var lost: [String: Int] = [:]
        var sent = 0
        var answers = 0
        /// Answers that were not to the line sent.
        var mismatches = 0
        /// Answers by the application that gave them.
        var apps: [String: Int] = [:]
    }

    private struct State {
        var interval = Sums()
        var total = Sums()
        var isStopping = false

        mutating func add(_ change: (inout Sums) -> Void) {
            change(&interval)
            change(&total)
        }
    }

    private let state = Mutex(State())

    /// The sums since the start.
    var total: Sums { state.withLock(\.total) }

    /// The sums since this was last called.
    func takeInterval() -> Sums {
        state.withLock { state in
            defer { state.interval = Sums(open: state.total.open) }
            return state.interval
        }
    }

    /// From now on connections end because they are asked to.
    func stop() { state.withLock { $0.isStopping = true } }

    /// A connection's first line has come.
    func opened() {
        state.withLock {
            $0.add { sums in
                sums.open += 1
                sums.opened += 1
            }
        }
    }

    /// A line was sent.
    func sent() { state.withLock { $0.add { $0.sent += 1 } } }

    /// A line came back.
    func answered(_ answer: String, to line: String) {
        let words = answer.split(separator: " ", maxSplits: 1)
        let isMatch = words.count == 2 && words[1] == line
        state.withLock {
            $0.add { sums in
                sums.answers += 1
                if isMatch { sums.apps[String(words[0]), default: 0] += 1 } else { sums.mismatches += 1 }
            }
        }
    }

    /// A connection has ended; an end that was asked for is no loss.
    func ended(_ failure: Failure, wasOpen: Bool) {
        state.withLock { state in
            let isAskedFor = state.isStopping
            state.add { sums in
                if wasOpen { sums.open -= 1 }
                guard !isAskedFor else { return }
                if wasOpen {
                    sums.lost[failure.word, default: 0] += 1
                } else {
                    sums.unopened[failure.word, default: 0] += 1
                }
            }
        }
    }
}
