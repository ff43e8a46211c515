/// The roots of a mesh by what they are for, and what replaces one by another without a dropped connection.
///
/// Roots are named by their identifiers. The steps, each of which is over when every pod has acknowledged it:
///
/// 1. ``Step/distributing``: the next root is trusted, the present one signs;
/// 2. ``Step/reissuing``: the next root has become the one that signs, the previous one is still trusted;
/// 3. ``Step/settled``: only the root that signs is trusted.
///
/// A replacement that is taken back goes through the same steps: the two roots change places.
public struct RootPlan: Hashable, Sendable {
    /// Where a replacement stands.
    public enum Step: Hashable, Sendable {
        /// None is under way, or its end is being made known.
        case settled
        /// The next root is made known to every pod.
        case distributing
        /// Every pod gets a certificate of the root that signs now.
        case reissuing
    }

    /// What a pod has acknowledged.
    public struct PodTrust: Hashable, Sendable {
        /// Whether it trusts exactly what the plan says.
        public var isCurrent: Bool
        /// The root that signed its certificate; `nil` if it has none and needs none.
        public var issuer: String?

        /// What a pod has acknowledged.
        public init(isCurrent: Bool, issuer: String?) {
            self.isCurrent = isCurrent
            self.issuer = issuer
        }
    }

    /// The root that signs.
    public var signing: String
    /// The root that will sign once every pod trusts it.
    public var next: String?
    /// The root that signed before, trusted until no pod has a certificate of it.
    public var previous: String?

    /// A plan.
    public init(signing: String, next: String? = nil, previous: String? = nil) {
        self.signing = signing
        self.next = next
        self.previous = previous
    }

    /// The roots that every pod must trust.
    public var trusted: Set<String> { Set([signing, next, previous].compactMap { $0 }) }

    /// The step that is under way.
    ///
    /// What signed before is let go first, should there be a next one, too.
    public var step: Step {
        if let previous, previous != signing { return .reissuing }
        return next == nil ? .settled : .distributing
    }

    /// Whether a pod has done its part of the step.
    public func isDone(by pod: PodTrust) -> Bool {
        switch step {
        case .settled, .distributing: pod.isCurrent
        case .reissuing: pod.isCurrent && (pod.issuer ?? signing) == signing
        }
    }

    /// What holds once every pod has done its part of the step.
    public var successor: RootPlan {
        switch step {
        case .settled: RootPlan(signing: signing)
        case .distributing: RootPlan(signing: next ?? signing, previous: signing)
        case .reissuing: RootPlan(signing: signing, next: next)
        }
    }

    /// What holds once the replacement is taken back; `nil` where none is under way.
    ///
    /// No root ceases to be trusted by that: who signs is changed, or not changed, first.
    public var cancelled: RootPlan? {
        switch step {
        case .settled: nil
        case .distributing: RootPlan(signing: signing, previous: next)
        case .reissuing: RootPlan(signing: signing, next: previous)
        }
    }
}
