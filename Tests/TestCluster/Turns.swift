import Synchronization

/// Lets a few programs run at once: tests start hundreds, and each counts on its share of the machine.
final class Turns: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Of all tests of a process.
    static let shared = Turns(4)

    private let state: Mutex<State>

    /// So many turns.
    init(_ count: Int) { state = Mutex(State(free: count)) }

    /// Waits for a turn; first come, first served.
    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// Lets the next one go on.
    func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
