/// Leads from what is trusted to what is asked for, one step at a time, so that no pod ever meets a certificate that it does
/// not trust.
///
/// A root is trusted by everybody before it signs anything, and distrusted only once nobody has a certificate of it. Nothing
/// is remembered but the state: a controller that starts anew goes on where the one before was, and a wish that is withdrawn
/// leads back in the same way.
public enum TrustPlan {
    /// The roots that the mesh's objects ask for.
    public struct Wish: Hashable, Sendable {
        /// The root that is to sign; `nil` where no object can: who signs stays.
        public var signing: TrustState.Root?
        /// Roots that are to be trusted beside it.
        public var passive: [TrustState.Root]

        /// A wish.
        public init(signing: TrustState.Root?, passive: [TrustState.Root] = []) {
            self.signing = signing
            self.passive = passive
        }

        /// Each root once: of two objects that name the same one, that which signs holds, else the first.
        var roots: [TrustState.Root] {
            var seen: Set<String> = []
            return ([signing].compactMap { $0 } + passive).filter { seen.insert($0.id).inserted }
        }
    }

    /// What is under way.
    public enum Step: String, Hashable, Sendable {
        /// Everything is as it is asked for, and everybody has acknowledged it.
        case settled
        /// A new root, or the end of an old one, is made known to every pod.
        case distributing
        /// Every pod gets a certificate of the root that signs now.
        case reissuing
    }

    /// What to do.
    public struct Decision: Hashable, Sendable {
        /// The next state; `nil` if there is something to wait for, or nothing to do.
        public var next: TrustState?
        /// What is under way.
        public var step: Step
        /// The pods that are waited for, by name.
        public var pods: [String]
        /// The replicas and holders that are waited for, by name.
        public var participants: [String]

        /// What to do.
        public init(next: TrustState?, step: Step, pods: [String], participants: [String]) {
            self.next = next
            self.step = step
            self.pods = pods
            self.participants = participants
        }
    }

    /// What to do about a state.
    ///
    /// - Returns: At most one step; ask again once the next state is kept.
    public static func decide(_ state: TrustState, _ wish: Wish, _ observed: TrustObservation) -> Decision {
        let unknown = wish.roots.filter { root in state[root.id].map { !isSame($0, root) } ?? true }
        if !unknown.isEmpty { return Decision(state.trusting(unknown), .distributing) }
        let behind = Missing(observed) {
            $0 >= state.epoch
        } issuer: { _ in
            true
        }
        if let signing = wish.signing?.id, signing != state.signing {
            return behind.isEmpty
                ? Decision(state.signing(with: signing), .reissuing) : Decision(nil, .distributing, behind)
        }
        let unwanted = Set(state.roots.map(\.id)).subtracting(wish.roots.map(\.id)).subtracting([state.signing])
        guard !unwanted.isEmpty else {
            guard behind.isEmpty else {
                // Who begins, comes back or is gone takes part in no change: there is none for it to acknowledge.
                let isUnderWay =
                    !state.formerTrustDomains.isEmpty || !behind.participants.isEmpty
                    || observed.pods.contains { $0.isConnected && 0 < $0.epoch && $0.epoch < state.epoch }
                return Decision(nil, isUnderWay ? .distributing : .settled, behind)
            }
            // Everybody calls by connections of their present names: the clusters that lost the former ones made new ones.
            return state.formerTrustDomains.isEmpty
                ? Decision(nil, .settled, behind) : Decision(state.acceptingNoFormerNames(), .distributing)
        }
        // A certificate of an unknown root may be one of them.
        let known = Set(state.roots.map(\.id)).subtracting(unwanted)
        let holding = Missing(observed) {
            $0 >= state.epoch
        } issuer: {
            known.contains($0)
        }
        return holding.isEmpty
            ? Decision(state.distrusting(unwanted), .distributing) : Decision(nil, .reissuing, holding)
    }

    /// The state of a mesh that has none yet; `nil` as long as nothing can sign.
    public static func begin(_ wish: Wish) -> TrustState? {
        wish.signing.map { TrustState(signing: $0, others: wish.roots) }
    }

    /// Whether the roots differ in the object that asks for them at most.
    ///
    /// A root has one trust domain for ever: names of another one need certificates of another root, which can be told apart.
    private static func isSame(_ first: TrustState.Root, _ second: TrustState.Root) -> Bool {
        first.pem == second.pem && first.source == second.source
    }

    /// Who has not done their part.
    fileprivate struct Missing {
        var pods: [String]
        var participants: [String]

        init(_ observed: TrustObservation, epoch: (Int64) -> Bool, issuer: (String) -> Bool) {
            pods = observed.pods.filter { pod in
                pod.counts && !(pod.isConnected && epoch(pod.epoch) && (pod.issuer.map(issuer) ?? true))
            }.map(\.name).sorted()
            participants = observed.participants.filter { !epoch($0.epoch) || !issuer($0.issuer) }.map(\.name).sorted()
        }

        var isEmpty: Bool { pods.isEmpty && participants.isEmpty }
    }
}

extension TrustPlan.Decision {
    fileprivate init(_ next: TrustState?, _ step: TrustPlan.Step) {
        self.init(next: next, step: step, pods: [], participants: [])
    }

    fileprivate init(_ next: TrustState?, _ step: TrustPlan.Step, _ missing: TrustPlan.Missing) {
        self.init(next: next, step: step, pods: missing.pods, participants: missing.participants)
    }
}
