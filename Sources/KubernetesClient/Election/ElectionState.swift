/// How long a leadership lasts and how often it is renewed.
public struct ElectionTiming: Equatable, Sendable {
    /// For how long others leave an unrenewed lease to its holder, in whole seconds.
    public var leaseDuration: Duration
    /// For how long the holder counts itself as leader without a renewal; less than the duration.
    public var renewDeadline: Duration
    /// The time between two attempts.
    public var retryPeriod: Duration

    /// Times of an election.
    ///
    /// Source of the defaults: those of Kubernetes' own controllers.
    public init(
        leaseDuration: Duration = .seconds(15), renewDeadline: Duration = .seconds(10),
        retryPeriod: Duration = .seconds(2)
    ) {
        self.leaseDuration = leaseDuration
        self.renewDeadline = renewDeadline
        self.retryPeriod = retryPeriod
    }
}

/// What a candidate knows of an election, and what it does next.
///
/// Others' clocks are not believed: how long a lease was not renewed is counted from when it was seen to change.
struct ElectionState: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What to do next.
    enum Step: Equatable, Sendable {
        /// Make the lease.
        case create(Lease.Spec)
        /// Change the lease, if it still has the resource version.
        case update(Lease.Spec, resourceVersion: String)
        /// Leave it to its holder.
        case wait
    }

    let identity: String
    let timing: ElectionTiming
    private(set) var observed: Lease?
    private var observedAt: Instant?
    /// Until when this candidate leads, if it does.
    private var leadsUntil: Instant?

    init(identity: String, timing: ElectionTiming) {
        self.identity = identity
        self.timing = timing
    }

    /// Who holds the lease; `nil` for nobody, or where it is not known.
    var holder: String? { observed?.spec?.holderIdentity.flatMap { $0.isEmpty ? nil : $0 } }

    /// Whether this candidate leads.
    func isLeader(at now: Instant) -> Bool { leadsUntil.map { now < $0 } ?? false }

    /// When this candidate's leadership ends unless it is renewed; `nil` if it does not lead.
    func end(at now: Instant) -> Instant? { isLeader(at: now) ? leadsUntil : nil }

    /// The lease was read; `nil` if it does not exist.
    mutating func observe(_ lease: Lease?, at now: Instant) {
        if observedAt == nil || lease?.spec != observed?.spec { observedAt = now }
        observed = lease
        if holder != identity { leadsUntil = nil }
    }

    /// What to do about the lease as it was last read.
    ///
    /// - Parameters:
    ///   - now: The moment, by the clock of observation.
    ///   - time: The moment as it is written into the lease.
    func step(at now: Instant, time: String) -> Step {
        var spec = Lease.Spec(
            holderIdentity: identity, leaseDurationSeconds: Int(timing.leaseDuration.components.seconds),
            acquireTime: time, renewTime: time, leaseTransitions: 0)
        guard let observed, let resourceVersion = observed.metadata.resourceVersion else { return .create(spec) }
        let held = observed.spec
        if let holder, holder != identity, let observedAt {
            let duration = held?.leaseDurationSeconds.map { Duration.seconds($0) } ?? timing.leaseDuration
            guard now >= observedAt + duration else { return .wait }
        }
        if holder == identity {
            spec.acquireTime = held?.acquireTime ?? time
            spec.leaseTransitions = held?.leaseTransitions ?? 0
        } else {
            spec.leaseTransitions = (held?.leaseTransitions ?? 0) + 1
        }
        return .update(spec, resourceVersion: resourceVersion)
    }

    /// The lease was made or changed as the step said.
    ///
    /// - Parameters:
    ///   - lease: The lease as the server has it now.
    ///   - sent: When the request was sent: from then on others count.
    mutating func wrote(_ lease: Lease, sent: Instant) {
        observe(lease, at: sent)
        if holder == identity { leadsUntil = sent + timing.renewDeadline }
    }

    /// Ends this candidate's leadership.
    mutating func resign() { leadsUntil = nil }

    /// How to give up the lease as it is now, so that others need not wait; nothing to do if another holds it.
    mutating func release(_ lease: Lease, at now: Instant, time: String) -> Step {
        observe(lease, at: now)
        guard holder == identity, let held = lease.spec, let version = lease.metadata.resourceVersion else {
            return .wait
        }
        let spec = Lease.Spec(
            holderIdentity: "", leaseDurationSeconds: 1, acquireTime: time, renewTime: time,
            leaseTransitions: held.leaseTransitions)
        return .update(spec, resourceVersion: version)
    }
}
