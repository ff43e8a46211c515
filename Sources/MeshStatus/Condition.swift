public import MeshModel

/// One statement about an object, as Kubernetes writes it.
public struct Condition: Codable, Hashable, Sendable {
    /// What the statement is about, in the order in which conditions are listed.
    public enum Kind: String, Codable, CaseIterable, Hashable, Sendable {
        /// The object is valid, and no older one holds what it claims.
        case accepted = "Accepted"
        /// Everything that it names exists and is usable.
        case resolvedRefs = "ResolvedRefs"
        /// Every pod that this generation affects enforces it.
        case programmed = "Programmed"
        /// All of the above.
        case ready = "Ready"
        /// Only its author can get it on; there only while true.
        case stalled = "Stalled"
        /// It is on its way to the proxies; there only while true.
        case reconciling = "Reconciling"
        /// Its root is on its way to all who shall trust it; there only while true, as the three below.
        case validatingRollout = "ValidatingRollout"
        /// Certificates of its root take the place of others.
        case issuingRollout = "IssuingRollout"
        /// Certificates of another root take the place of its own.
        case issuingRollback = "IssuingRollback"
        /// Its root is about to be let go.
        case validatingRollback = "ValidatingRollback"
    }

    /// Whether the statement holds.
    public enum Status: String, Codable, Hashable, Sendable {
        case yes = "True"
        case no = "False"
        case unknown = "Unknown"
    }

    /// What the statement is about.
    public let type: Kind
    /// Whether it holds.
    public let status: Status
    /// Why, in one word for programs.
    public let reason: Reason
    /// Why, for people.
    public let message: String
    /// The generation of the object that the statement is about.
    public let observedGeneration: Int64
    /// Since when the status is what it is.
    public internal(set) var lastTransitionTime: Timestamp

    /// A condition.
    public init(
        _ type: Kind, _ status: Status, _ reason: Reason, _ message: String, observedGeneration: Int64,
        lastTransitionTime: Timestamp
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.observedGeneration = observedGeneration
        self.lastTransitionTime = lastTransitionTime
    }

    /// The same statement, made at another time.
    public func since(_ moment: Timestamp) -> Condition {
        var condition = self
        condition.lastTransitionTime = moment
        return condition
    }
}

extension Condition {
    /// Why a condition is what it is.
    public struct Reason: RawRepresentable, Codable, Hashable, Sendable {
        /// The word.
        public let rawValue: String

        /// A reason by its word.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The object is in the mesh.
        public static let accepted = Reason(rawValue: "Accepted")
        /// It is malformed.
        public static let invalid = Reason(rawValue: "Invalid")
        /// An older object holds what it claims.
        public static let conflicted = Reason(rawValue: "Conflicted")
        /// What it names is there.
        public static let resolvedRefs = Reason(rawValue: "ResolvedRefs")
        /// Something that it names is not there.
        public static let refNotFound = Reason(rawValue: "RefNotFound")
        /// Something that it names is there but has no meaning here.
        public static let refNotUsable = Reason(rawValue: "RefNotUsable")
        /// Every proxy enforces it.
        public static let programmed = Reason(rawValue: "Programmed")
        /// Some proxy does not enforce it yet.
        public static let pending = Reason(rawValue: "Pending")
        /// Some proxy refuses a resource that it shaped.
        public static let proxyRejected = Reason(rawValue: "ProxyRejected")
        /// No proxy has anything of it.
        public static let noProxyAffected = Reason(rawValue: "NoProxyAffected")
        /// It is not in effect, since it is not accepted.
        public static let notAccepted = Reason(rawValue: "NotAccepted")
        /// The object is none of this mesh's.
        public static let notInMesh = Reason(rawValue: "NotInMesh")
        /// All is well.
        public static let ready = Reason(rawValue: "Ready")
    }
}
