public import CertificateAuthority
public import FoundationEssentials
internal import Synchronization

/// An issuer elsewhere with its gate: what all proxies of a controller share, so that an issuer in trouble is not asked by
/// each of them.
///
/// A question waits while others go on, and fails with the issuer's last failure, and the time after which to come back,
/// where the issuer is left alone.
public final class GatedIssuer: CertificateIssuer {
    /// How an issuer stands.
    public struct Standing: Hashable, Sendable {
        /// Whether the last thing that was heard of it is no failure.
        public var isUp: Bool
        /// How many want something of it and do not have it.
        public var waiting: Int
        /// How many questions go on.
        public var questions: Int
        /// Why it is down; `nil` while it is up.
        public var failure: IssuerFailure?
        /// How many of those who wait were refused what they asked for the last time.
        public var refused: Int
        /// Why one of them was; `nil` where none was.
        public var refusal: IssuerFailure?
        /// For how long it is still left alone; `nil` if it may be asked.
        public var retryAfter: Duration?
    }

    private enum Waiter: Hashable, Sendable {
        /// Somebody who comes back under the same name.
        case named(String)
        /// One question.
        case single(UInt64)
    }

    private typealias Turn = CheckedContinuation<Result<Void, IssuerFailure>, Never>

    private struct State {
        var gate: IssuerGate<Waiter>
        var failure: IssuerFailure?
        var refusal: IssuerFailure?
        var turns: [Waiter: Turn] = [:]
        var lastSingle: UInt64 = 0
        var generator = SystemRandomNumberGenerator()
    }

    private let issuer: any CertificateIssuer
    private let instant: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// An issuer of which nothing is known yet.
    ///
    /// - Parameters:
    ///   - issuer: Who issues.
    ///   - limit: How many questions go on at once.
    ///   - instant: What the clock says.
    public init(
        _ issuer: any CertificateIssuer, limit: Int = 32,
        instant: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.issuer = issuer
        self.instant = instant
        state = Mutex(State(gate: IssuerGate(limit: limit)))
    }

    /// How the issuer stands now.
    public var standing: Standing {
        let now = instant()
        return state.withLock { state in
            let refused = state.gate.refused(at: now)
            return Standing(
                isUp: state.gate.isUp, waiting: state.gate.waiting(at: now), questions: state.gate.questions,
                failure: state.gate.isUp ? nil : state.failure, refused: refused,
                refusal: refused > 0 ? state.refusal : nil,
                retryAfter: state.gate.opening(at: now).map { $0 - now })
        }
    }

    /// The root to which everything leads that the issuer issues now.
    ///
    /// - Throws: `IssuerFailure`; its `retryAfter` is set.
    public func root() async throws(IssuerFailure) -> IssuerRoot {
        // Always the same one, so that a refusal is followed by longer and longer waits.
        try await ask(.named("root")) { [issuer] () async throws(IssuerFailure) in try await issuer.root() }
    }

    /// A key and a certificate, for somebody who is counted as waiting only while it asks.
    ///
    /// - Throws: `IssuerFailure`; its `retryAfter` is set.
    public func issue(
        _ request: LeafRequest, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        let waiter = single()
        return try await issue(request, to: waiter, under: root, now: now)
    }

    /// A key and a certificate, for somebody who is counted as waiting until it has one or is withdrawn.
    ///
    /// - Parameters:
    ///   - request: What is asked for.
    ///   - name: Who asks; one question of a name goes on at a time.
    ///   - root: Where it must lead.
    ///   - now: The time.
    /// - Throws: `IssuerFailure`; its `retryAfter` is set.
    public func issue(
        _ request: LeafRequest, to name: String, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        try await issue(request, to: .named(name), under: root, now: now)
    }

    /// Somebody does not come back.
    public func withdraw(_ name: String) { leave(.named(name), only: false) }

    private func issue(
        _ request: LeafRequest, to waiter: Waiter, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        let asked = instant()
        return try await ask(waiter) { [issuer, instant] () async throws(IssuerFailure) in
            // It may have stood in line meanwhile.
            try await issuer.issue(request, under: root, now: now.addingTimeInterval((instant() - asked) / .seconds(1)))
        }
    }

    private func single() -> Waiter {
        state.withLock { state in
            state.lastSingle += 1
            return .single(state.lastSingle)
        }
    }

    /// Asks when it is this one's turn.
    private func ask<Answer: Sendable>(
        _ waiter: Waiter, _ question: () async throws(IssuerFailure) -> Answer
    ) async throws(IssuerFailure) -> Answer {
        try await turn(of: waiter)
        do throws(IssuerFailure) {
            let answer = try await question()
            _ = end(waiter, .issued)
            forget(waiter)
            return answer
        } catch {
            // Who was cancelled has learned nothing about the issuer.
            if Task.isCancelled {
                leave(waiter, only: false)
                throw error
            }
            let wait = end(waiter, error.code == .refused ? .refused : .failed(retryAfter: error.retryAfter), error)
            forget(waiter)
            throw IssuerFailure(error.code, error.message, retryAfter: wait ?? error.retryAfter)
        }
    }

    private func turn(of waiter: Waiter) async throws(IssuerFailure) {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (turn: Turn) in
                let now = instant()
                let result: Result<Void, IssuerFailure>? = state.withLock { state in
                    if Task.isCancelled { return .failure(Self.cancelled) }
                    switch state.gate.ask(waiter, at: now) {
                    case .proceed: return .success(())
                    case .queued:
                        state.turns[waiter] = turn
                        return nil
                    case .later(let wait): return .failure(Self.closed(state.failure, wait))
                    }
                }
                if let result { turn.resume(returning: result) }
            }
        } onCancel: {
            leave(waiter, only: true)
        }
        forget(waiter, after: result)
        try result.get()
    }

    /// Tells how a question ended, and the others what follows from it.
    private func end(
        _ waiter: Waiter, _ outcome: IssuerGate<Waiter>.Outcome, _ failure: IssuerFailure? = nil
    ) -> Duration? {
        let now = instant()
        let (release, told) = state.withLock { state in
            // What is refused to one says nothing of the issuer.
            if case .failed = outcome { state.failure = failure } else { state.failure = nil }
            if case .refused = outcome { state.refusal = failure }
            let release = state.gate.end(waiter, outcome, at: now, using: &state.generator)
            return (release, Self.told(by: release, &state))
        }
        for (turn, result) in told { turn.resume(returning: result) }
        return release.retryAfter
    }

    /// A waiter goes.
    ///
    /// - Parameter only: Whether it goes only if it is in line: a question that goes on ends by itself.
    private func leave(_ waiter: Waiter, only isInLine: Bool) {
        let now = instant()
        let told = state.withLock { state in
            let turn = state.turns.removeValue(forKey: waiter)
            if isInLine, turn == nil { return [(Turn, Result<Void, IssuerFailure>)]() }
            let release = state.gate.withdraw(waiter, at: now)
            return (turn.map { [($0, .failure(Self.cancelled))] } ?? []) + Self.told(by: release, &state)
        }
        for (turn, result) in told { turn.resume(returning: result) }
    }

    /// A single question is not counted once it has ended.
    private func forget(_ waiter: Waiter, after result: Result<Void, IssuerFailure> = .failure(cancelled)) {
        guard case .single = waiter, case .failure = result else { return }
        leave(waiter, only: false)
    }

    private static func told(
        by release: IssuerGate<Waiter>.Release, _ state: inout State
    ) -> [(Turn, Result<Void, IssuerFailure>)] {
        let failure = closed(state.failure, release.retryAfter ?? .zero)
        return release.proceeding.compactMap { waiter in
            state.turns.removeValue(forKey: waiter).map { ($0, .success(())) }
        }
            + release.turnedAway.compactMap { waiter in
                state.turns.removeValue(forKey: waiter).map { ($0, .failure(failure)) }
            }
    }

    private static func closed(_ failure: IssuerFailure?, _ wait: Duration) -> IssuerFailure {
        IssuerFailure(
            failure?.code ?? .unreachable, failure?.message ?? "the issuer has been asked already",
            retryAfter: wait)
    }

    private static let cancelled = IssuerFailure(.unreachable, "the question was withdrawn")
}
