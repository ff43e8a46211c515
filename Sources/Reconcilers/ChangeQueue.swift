public import MeshModel
public import PolicyCompiler
internal import Synchronization

/// What the control loop takes at once.
public struct ChangeBatch: Equatable, Sendable {
    /// The changes of objects, in the order in which the objects first changed.
    public var changes: [TableChange]
    /// What the mesh trusts from now on; `nil` if that was not set.
    public var trust: TrustBundle?

    /// The addresses that pods called and that their proxies did not know.
    public var demands: [AskingPod: Set<SocketAddress>]
    /// What other controllers remember of calls.
    public var calls: CallNews

    /// A batch.
    public init(
        changes: [TableChange] = [], trust: TrustBundle? = nil, demands: [AskingPod: Set<SocketAddress>] = [:],
        calls: CallNews = CallNews()
    ) {
        self.calls = calls
        self.changes = changes
        self.trust = trust
        self.demands = demands
    }
}

/// The changes that the control loop has not taken yet.
///
/// A later change of an object replaces an earlier one, so the queue never holds more changes than there are
/// objects. Nothing is given out before every expected kind has told all that it had at the start: a proxy that
/// was configured from half of the objects would refuse what is allowed.
public final class ChangeQueue: Sendable {
    private struct State {
        var changes: [ObjectKey: TableChange] = [:]
        var order: [ObjectKey] = []
        var trust: TrustBundle?
        var demands: [AskingPod: Set<SocketAddress>] = [:]
        var calls = CallNews()
        var awaited: Set<ObjectKind>
        /// Whether what other controllers remember is waited for, too.
        var awaitsCalls: Bool
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?

        var isReady: Bool { isFinished || (awaited.isEmpty && !awaitsCalls && !isEmpty) }
        private var isEmpty: Bool { changes.isEmpty && trust == nil && demands.isEmpty && calls.isEmpty }

        /// The waiter, if there is something for it to do.
        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            guard isReady else { return nil }
            defer { waiter = nil }
            return waiter
        }
    }

    private let state: Mutex<State>

    /// An empty queue that waits until all of the given kinds are synchronized.
    ///
    /// - Parameter awaitsCalls: Whether it also waits for ``synchronizedCalls()``.
    public init(awaiting kinds: Set<ObjectKind>, awaitsCalls: Bool = false) {
        state = Mutex(State(awaited: kinds, awaitsCalls: awaitsCalls))
    }

    /// Adds changes, in order.
    public func put(_ changes: [TableChange]) {
        let waiter = state.withLock { state in
            for change in changes {
                if state.changes.updateValue(change, forKey: change.key) == nil { state.order.append(change.key) }
            }
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Sets what the mesh trusts; the latest counts.
    public func put(_ trust: TrustBundle) {
        let waiter = state.withLock { state in
            state.trust = trust
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Adds addresses that a pod called.
    public func put(_ addresses: Set<SocketAddress>, from pod: AskingPod) {
        let waiter = state.withLock { state in
            state.demands[pod, default: []].formUnion(addresses)
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Adds what other controllers remember of calls, and do not remember any more.
    public func put(_ calls: CallNews) {
        let waiter = state.withLock { state in
            state.calls.merge(calls)
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// What other controllers remembered at the start has been put, or cannot be had for now.
    public func synchronizedCalls() {
        let waiter = state.withLock { state in
            state.awaitsCalls = false
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Every object of a kind that existed at the start has been put.
    public func synchronized(_ kind: ObjectKind) {
        let waiter = state.withLock { state in
            state.awaited.remove(kind)
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// The kinds that have not told everything yet.
    public var awaited: Set<ObjectKind> { state.withLock { $0.awaited } }

    /// How many objects have a change that was not taken yet.
    public var count: Int { state.withLock { $0.order.count } }

    /// All that has gathered; waits for the first.
    ///
    /// One task at a time may wait.
    ///
    /// - Returns: Changes, a trust bundle, demands or what others remember, or several of them; `nil` after ``finish()``.
    public func next() async -> ChangeBatch? {
        while true {
            let batch: ChangeBatch?? = state.withLock { state in
                if state.isFinished { return .some(nil) }
                guard state.isReady else { return nil }
                defer {
                    state.changes = [:]
                    state.order = []
                    state.trust = nil
                    state.demands = [:]
                    state.calls = CallNews()
                }
                return ChangeBatch(
                    changes: state.order.compactMap { state.changes[$0] }, trust: state.trust, demands: state.demands,
                    calls: state.calls)
            }
            if let batch { return batch }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard !state.isReady else { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    /// Ends the queue: ``next()`` returns `nil` from now on.
    public func finish() {
        let waiter = state.withLock { state in
            state.isFinished = true
            return state.takeWaiter()
        }
        waiter?.resume()
    }
}
