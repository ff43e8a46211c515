internal import Crypto
internal import MeshModel
internal import Synchronization

/// Reviews of tokens, a few at a time, each answer good for a few seconds.
///
/// Anybody can send tokens that need a review, so many at once wait in a line that has an end.
final class TokenReviews: Sendable {
    /// How many and how long.
    struct Limits: Sendable {
        /// How many reviews run at a time.
        var concurrent = 4
        /// How many wait beyond those; a further one is refused at once.
        var waiting = 256
        /// How long a review may take, and how long it may be waited for before it begins.
        var time = Duration.seconds(5)
        /// How long an answer is good.
        var lifetime = Duration.seconds(5)
        /// How many answers are kept.
        var answers = 1024
    }

    private struct State {
        var running = 0
        /// Those who wait, the first first; `true` lets one begin.
        var line: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        var last: UInt64 = 0
        var answers: [SHA256.Digest: (token: ReviewedToken?, until: ContinuousClock.Instant)] = [:]
    }

    private let reviewer: any TokenReviewer
    private let limits: Limits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    init(
        _ reviewer: any TokenReviewer, limits: Limits = Limits(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.reviewer = reviewer
        self.limits = limits
        self.now = now
    }

    /// What is said about a token; `nil` if it is not authenticated.
    ///
    /// - Throws: `ProxyIdentityError` with the code `reviewUnavailable`.
    func review(_ token: String) async throws -> ReviewedToken? {
        // The token itself is not kept.
        let digest = SHA256.hash(data: Array(token.utf8))
        if let known = answer(digest) { return known.token }
        guard await enter() else {
            throw ProxyIdentityError(
                .reviewUnavailable, "the API server has to review too many tokens at once: the proxy may try again")
        }
        defer { leave() }
        // Somebody may have asked about it while this one waited.
        if let known = answer(digest) { return known.token }
        let reviewed: ReviewedToken?
        do {
            reviewed = try await withTimeLimit(limits.time) { [reviewer] in
                try await reviewer.review(token: token, audience: MeshLabels.proxyTokenAudience)
            }
        } catch {
            throw ProxyIdentityError(
                .reviewUnavailable, "no known key signed the token, and the API server cannot be asked about it",
                cause: error)
        }
        keep(reviewed, for: digest)
        return reviewed
    }

    private func answer(_ digest: SHA256.Digest) -> (token: ReviewedToken?, until: ContinuousClock.Instant)? {
        let now = now()
        return state.withLock { state in state.answers[digest].flatMap { now < $0.until ? $0 : nil } }
    }

    private func keep(_ reviewed: ReviewedToken?, for digest: SHA256.Digest) {
        let now = now()
        state.withLock { state in
            if state.answers.count >= limits.answers { state.answers = state.answers.filter { now < $0.value.until } }
            if state.answers.count >= limits.answers { state.answers = [:] }
            state.answers[digest] = (reviewed, now + limits.lifetime)
        }
    }

    /// Waits for a turn; false if there is none in time.
    private func enter() async -> Bool {
        let id: UInt64? = state.withLock { state in
            guard state.running >= limits.concurrent else {
                state.running += 1
                return nil
            }
            state.last += 1
            return state.last
        }
        guard let id else { return true }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.turn(id) }
            group.addTask { [limits] in
                try? await Task.sleep(for: limits.time)
                self.giveUp(id)
                return false
            }
            // The turn is told in any case; the clock only ends the wait for it.
            var hasTurn = false
            for await result in group {
                hasTurn = hasTurn || result
                group.cancelAll()
            }
            return hasTurn
        }
    }

    private func turn(_ id: UInt64) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let decided: Bool? = state.withLock { state in
                    if Task.isCancelled || state.line.count >= limits.waiting { return false }
                    if state.running < limits.concurrent {
                        state.running += 1
                        return true
                    }
                    state.line.append((id, continuation))
                    return nil
                }
                if let decided { continuation.resume(returning: decided) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    private func giveUp(_ id: UInt64) {
        let waiter = state.withLock { state in
            state.line.firstIndex { $0.id == id }.map { state.line.remove(at: $0).continuation }
        }
        waiter?.resume(returning: false)
    }

    /// Hands the turn on to the first who waits.
    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.line.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.line.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
