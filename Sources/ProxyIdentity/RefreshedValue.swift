internal import Synchronization

/// Something that another server says and that is asked for seldom, however many want to know it.
///
/// Whoever wants the value never asks the server itself: one task does, for all, so that a caller who goes away ends
/// nothing that others wait for. There is one request at a time, and a time between two, also where one failed. What
/// was learnt once is kept until there is something newer.
final class RefreshedValue<Value: Sendable>: Sendable {
    /// How often and how long.
    struct Limits: Sendable {
        /// The least time from the start of one request to that of the next.
        var interval: Duration
        /// How long a request may take.
        var request: Duration
        /// The age at which a value that is asked for is fetched anew.
        var lifetime: Duration
    }

    private struct State {
        var value: Value?
        /// When the request that had the value began.
        var learnt: ContinuousClock.Instant?
        /// When the last request began.
        var asked: ContinuousClock.Instant?
        /// Why the last request had no value.
        var failure: (any Error)?
        /// Whether a request is wanted or under way.
        var isWanted = false
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter: UInt64 = 0
        var hasEnded = false

        /// Takes up the end of a request; who waited for it goes on.
        mutating func finish(_ result: Result<Value, any Error>) -> [CheckedContinuation<Void, Never>] {
            switch result {
            case .success(let new):
                value = new
                learnt = asked
                failure = nil
            case .failure(let error): failure = error
            }
            isWanted = false
            defer { waiters = [:] }
            return Array(waiters.values)
        }
    }

    private enum Step {
        case answer(Value)
        case fail(any Error)
        /// The answer, and a request of which the next caller profits.
        case answerAndAsk(Value)
        case wait
    }

    private let limits: Limits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let fetch: @Sendable () async throws -> Value
    private let onFailure: @Sendable (any Error) -> Void
    private let requests: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    init(
        limits: Limits, now: @escaping @Sendable () -> ContinuousClock.Instant,
        onFailure: @escaping @Sendable (any Error) -> Void, fetch: @escaping @Sendable () async throws -> Value
    ) {
        self.limits = limits
        self.now = now
        self.onFailure = onFailure
        self.fetch = fetch
        (requests, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The value.
    ///
    /// - Parameter refreshing: Whether one is wanted that is newer than what is known.
    /// - Throws: Why there is none.
    func value(refreshing: Bool) async throws -> Value {
        switch step(refreshing: refreshing) {
        case .answer(let value): return value
        case .fail(let error): throw error
        case .answerAndAsk(let value):
            signal.yield()
            return value
        case .wait:
            signal.yield()
            // The request has a limit of its own; this one is for the case that nobody runs it.
            _ = try? await withTimeLimit(limits.request * 2) { await self.waitForRequest() }
        }
        try Task.checkCancellation()
        return try state.withLock { state in
            if let value = state.value { return value }
            throw state.failure ?? ProxyIdentityError(.timeout, "there was no answer in time: look at the API server")
        }
    }

    /// Asks the server whenever somebody wants it to, until the task is cancelled.
    func run() async {
        for await _ in requests {
            let isWanted = state.withLock { state in
                guard state.isWanted else { return false }
                state.asked = now()
                return true
            }
            guard isWanted else { continue }
            let result = await result()
            let waiters = state.withLock { $0.finish(result) }
            for waiter in waiters { waiter.resume() }
            if case .failure(let error) = result, !Task.isCancelled { onFailure(error) }
        }
        let waiters = state.withLock { state in
            state.hasEnded = true
            return state.finish(.failure(CancellationError()))
        }
        for waiter in waiters { waiter.resume() }
    }

    private func result() async -> Result<Value, any Error> {
        do { return .success(try await withTimeLimit(limits.request, fetch)) } catch { return .failure(error) }
    }

    private func step(refreshing: Bool) -> Step {
        let now = now()
        return state.withLock { state in
            let mayAsk = !state.hasEnded && state.asked.map { now - $0 >= limits.interval } ?? true
            if !refreshing, let value = state.value {
                let isOld = state.learnt.map { now - $0 > limits.lifetime } ?? true
                guard isOld, mayAsk, !state.isWanted else { return .answer(value) }
                state.isWanted = true
                return .answerAndAsk(value)
            }
            if state.isWanted || mayAsk {
                state.isWanted = true
                return .wait
            }
            if let value = state.value { return .answer(value) }
            return .fail(state.failure ?? CancellationError())
        }
    }

    private func waitForRequest() async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    guard state.isWanted, !state.hasEnded, !Task.isCancelled else { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
