/// When a token of Vault is to be renewed: pure.
///
/// A new token is looked up once. While it can be renewed, it is at two thirds of the time that it has; a token whose
/// rights do not let it look itself up, or renew itself, is used as long as it lasts. That is asked again from time to time,
/// since rights change, and a Vault that starts refuses what it allows later.
struct TokenLease: Hashable, Sendable {
    /// What is to be done.
    enum Action: Hashable, Sendable {
        /// Ask for how long it is valid.
        case lookUp
        /// Have it renewed.
        case renew
    }

    /// The shortest time between two renewals, for a token near the end that nothing can move.
    static let leastWait: Duration = .seconds(1)
    /// The longest time after which a failure is tried again.
    static let longestRetry: Duration = .seconds(30)

    /// The time after which what was refused is tried again.
    static let refusalRetry: Duration = .seconds(300)

    /// Something to be done.
    struct Step: Hashable, Sendable {
        /// What.
        var action: Action
        /// When.
        var due: ContinuousClock.Instant
    }

    /// What is next; `nil` for nothing, ever.
    private(set) var next: Step?
    /// Until when the token is valid; `nil` where that is not known, or for ever.
    private(set) var end: ContinuousClock.Instant?
    private var failures = 0

    /// A new token.
    init(at now: ContinuousClock.Instant) {
        next = Step(action: .lookUp, due: now)
    }

    /// Vault said how long the token is valid from now on.
    ///
    /// - Parameters:
    ///   - seconds: For how many; 0 for ever.
    ///   - isRenewable: Whether it can be renewed.
    mutating func answered(seconds: Int64, isRenewable: Bool, at now: ContinuousClock.Instant) {
        failures = 0
        let life = Duration.seconds(max(0, min(seconds, 1 << 40)))
        end = life > .zero ? now + life : nil
        let isToBeRenewed = life > .zero && isRenewable
        next = isToBeRenewed ? Step(action: .renew, due: now + max(Self.leastWait, life * 2 / 3)) : nil
    }

    /// Vault did not do it.
    ///
    /// - Parameter isRefusal: Whether it said that it does not do such a thing.
    mutating func failed(isRefusal: Bool, at now: ContinuousClock.Instant) {
        guard let action = next?.action else { return }
        failures += 1
        let wait =
            isRefusal ? Self.refusalRetry : min(Self.leastWait * (1 << min(failures - 1, 10)), Self.longestRetry)
        next = Step(action: action, due: now + wait)
    }
}
