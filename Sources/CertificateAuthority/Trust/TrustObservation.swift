/// What is known of those who must take part in a rotation.
public struct TrustObservation: Hashable, Sendable {
    /// A pod with a sidecar that runs, or ran and may come back.
    public struct Pod: Hashable, Sendable {
        /// What it is called in messages, `<namespace>/<name>`.
        public var name: String
        /// Whether it has a stream to a replica that is alive.
        public var isConnected: Bool
        /// The last epoch of which it has acknowledged everything; 0 for none.
        public var epoch: Int64
        /// The root that signed its certificate; `nil` if it has none, as its replica says.
        public var issuer: String?
        /// Whether the operator goes on without it as long as it is not connected.
        public var isWaived: Bool

        /// A pod.
        public init(name: String, isConnected: Bool, epoch: Int64, issuer: String?, isWaived: Bool = false) {
            self.name = name
            self.isConnected = isConnected
            self.epoch = epoch
            self.issuer = issuer
            self.isWaived = isWaived
        }

        /// Whether a rotation waits for it.
        var counts: Bool { isConnected || !isWaived }
    }

    /// Who signs, or holds a certificate, beside pods: a replica of the controller, or the gateway's Secret.
    public struct Participant: Hashable, Sendable {
        /// What it is called in messages.
        public var name: String
        /// The epoch that it follows.
        public var epoch: Int64
        /// The root that signs what it issues, or that signed what it holds.
        public var issuer: String

        /// A participant.
        public init(name: String, epoch: Int64, issuer: String) {
            self.name = name
            self.epoch = epoch
            self.issuer = issuer
        }
    }

    /// All pods of the mesh that have begun; in any order.
    public var pods: [Pod]
    /// All replicas that may issue, and other holders of certificates.
    public var participants: [Participant]

    /// What is known.
    public init(pods: [Pod], participants: [Participant]) {
        self.pods = pods
        self.participants = participants
    }
}
