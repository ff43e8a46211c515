/// Leads the control plane's own servers from one root to another, one step at a time, so that no pod is shown a certificate
/// that it does not trust for longer than it takes to refuse it once.
///
/// Unlike the mesh's roots this one reaches pods by files, which nobody acknowledges: a pod tells that it knows the new root
/// by connecting under it. So the new root has time to arrive before anything is signed by it, the certificate of the old
/// root is still shown to who refuses that of the new one, and the old root goes once every pod has connected under the new
/// one. Nothing is remembered but the state.
public enum ServerTrustPlan {
    /// The roots, by their identifiers.
    public struct State: Hashable, Sendable {
        /// The root that signs what the servers show.
        public var signing: String
        /// The root that will sign once it has had time to reach every pod.
        public var next: String?
        /// The root that signed before, known to pods, and shown to those that know no other.
        public var previous: String?

        /// Roots.
        public init(signing: String, next: String? = nil, previous: String? = nil) {
            self.signing = signing
            self.next = next
            self.previous = previous
        }
    }

    /// What is asked for, and what is known of those who take part.
    public struct Observation: Hashable, Sendable {
        /// A pod with a sidecar that runs, or ran and may come back.
        public struct Pod: Hashable, Sendable {
            /// What it is called in messages, `<namespace>/<name>`.
            public var name: String
            /// Whether it has a stream to a replica that is alive.
            public var isConnected: Bool
            /// The root of the certificate that it was shown; `nil` where that is not told.
            public var root: String?
            /// Whether the operator goes on without it as long as it is not connected.
            public var isWaived: Bool

            /// A pod.
            public init(name: String, isConnected: Bool, root: String?, isWaived: Bool = false) {
                self.name = name
                self.isConnected = isConnected
                self.root = root
                self.isWaived = isWaived
            }
        }

        /// Whether another root is asked for.
        public var isWanted: Bool
        /// Whether the roots of the state are everywhere, and have had time to reach every pod.
        public var isDistributed: Bool
        /// All pods of the mesh that have begun; in any order.
        public var pods: [Pod]
        /// The root that each replica which is alive shows, by its name; `nil` for one that does not tell.
        public var replicas: [String: String?]

        /// What is known.
        public init(isWanted: Bool, isDistributed: Bool, pods: [Pod], replicas: [String: String?]) {
            self.isWanted = isWanted
            self.isDistributed = isDistributed
            self.pods = pods
            self.replicas = replicas
        }
    }

    /// What is under way.
    public enum Step: String, Hashable, Sendable {
        /// Nothing.
        case settled
        /// The next root is on its way to the pods.
        case distributing
        /// Every pod connects again, under the root that signs now.
        case reconnecting
    }

    /// What changes.
    public enum Change: Hashable, Sendable {
        /// A next root is made.
        case begin
        /// The next root is dropped: nobody was shown a certificate of it.
        case cancel
        /// The next root signs.
        case advance
        /// The root before is let go.
        case finish
    }

    /// What to do.
    public struct Decision: Hashable, Sendable {
        /// What changes now; `nil` if there is something to wait for, or nothing to do.
        public var change: Change?
        /// What is under way.
        public var step: Step
        /// The pods that are waited for, by name.
        public var pods: [String]
        /// The replicas that are waited for, by name.
        public var replicas: [String]

        init(_ change: Change?, _ step: Step, pods: [String] = [], replicas: [String] = []) {
            self.change = change
            self.step = step
            self.pods = pods
            self.replicas = replicas
        }
    }

    /// What to do about a state.
    ///
    /// - Returns: At most one change; ask again once it is kept.
    public static func decide(_ state: State, _ observed: Observation) -> Decision {
        if state.previous != nil {
            let pods = observed.pods.filter { pod in
                (pod.isConnected || !pod.isWaived) && !(pod.isConnected && pod.root == state.signing)
            }.map(\.name).sorted()
            let replicas = observed.replicas.filter { $0.value != state.signing }.keys.sorted()
            guard pods.isEmpty, replicas.isEmpty else {
                return Decision(nil, .reconnecting, pods: pods, replicas: replicas)
            }
            return Decision(.finish, .reconnecting)
        }
        guard state.next != nil else { return Decision(observed.isWanted ? .begin : nil, .settled) }
        guard observed.isWanted else { return Decision(.cancel, .distributing) }
        return Decision(observed.isDistributed ? .advance : nil, .distributing)
    }
}
