/// One proxy's stream of differences: the whole protocol as a value, without time, sockets or locks.
///
/// The shell hands in what arrives (``receive(_:now:)``, ``update(_:revision:)``) and asks what to send (``next(now:view:)``).
/// A type has one response at a time under way; what changes meanwhile gathers by name, and the latest wins.
///
/// The order that Envoy needs (architecture section 10): endpoints follow every update of their cluster; what newly
/// names a cluster waits for the acknowledgement of that cluster; what nothing refers to any more is removed five
/// seconds after everything that referred to it was acknowledged.
public struct DeltaStream: Sendable {
    /// A moment, as the shell's clock tells it.
    public typealias Instant = ContinuousClock.Instant

    /// How long a removal waits after the acknowledgement of everything that referred to the resource.
    public static let removalDelay = Duration.seconds(5)
    /// The most names that a stream may be subscribed to: far more than any view holds, far less than hurts.
    public static let maximumNames = 100_000

    /// What a proxy asked or answered.
    public struct Request: Equatable, Sendable {
        /// The type of resource.
        public var type: ResourceType
        /// The nonce of the response that is answered; empty for a request of the proxy's own accord.
        public var nonce: String
        /// Why the proxy refused that response; `nil` if it did not.
        public var refusal: String?
        /// Names to follow from now on; `*` for all.
        public var subscribe: [String]
        /// Names to follow no more.
        public var unsubscribe: [String]
        /// What the proxy has from an earlier stream: versions by name.
        ///
        /// Only in the first request of a type.
        public var initialVersions: [String: String]

        /// A request.
        public init(
            type: ResourceType, nonce: String = "", refusal: String? = nil, subscribe: [String] = [],
            unsubscribe: [String] = [], initialVersions: [String: String] = [:]
        ) {
            self.type = type
            self.nonce = nonce
            self.refusal = refusal
            self.subscribe = subscribe
            self.unsubscribe = unsubscribe
            self.initialVersions = initialVersions
        }
    }

    /// What is to be sent.
    public struct Response: Equatable, Sendable {
        /// The type of resource.
        public let type: ResourceType
        /// Identifies the response on its stream.
        public let nonce: String
        /// New and changed resources, sorted by name.
        public let resources: [Resource]
        /// The names of resources that are gone, sorted.
        public let removed: [String]
        /// The revision of the cache that it brings the type to.
        public let revision: Revision
    }

    /// What a request showed.
    public enum Event: Equatable, Sendable {
        /// The proxy has taken up a response; `after` the time from its making.
        case acknowledged(Response, after: Duration)
        /// The proxy has refused a response, for a reason in its own words. Its resources are sent again by halves.
        case refused(Response, reason: String)
        /// The proxy has refused a resource that it was sent alone; it gets no further try until its bytes change.
        case quarantined(Resource, reason: String)
    }

    /// Why a stream must end.
    public struct Violation: Error, Equatable, Sendable {
        /// What the proxy did.
        public let message: String
    }

    var types: [ResourceType: TypeSubscription] = [:]
    /// The latest revision that was told.
    private(set) var revision: Revision = 0
    private var responses = 0

    /// A stream on which nothing has happened yet.
    public init() {}

    /// Something in the proxy's view may differ: the given names, or with `nil` any.
    public mutating func update(_ names: Set<ResourceName>?, revision: Revision) {
        self.revision = max(self.revision, revision)
        guard let names else {
            for type in types.keys { types[type]?.isWholeViewPending = true }
            return
        }
        for name in names { types[name.type]?.pending.insert(name.name) }
    }

    /// Whether there was a request for a type: versions that a proxy says it has count in the first one only.
    public func hasRequested(_ type: ResourceType) -> Bool { types[type] != nil }

    /// The revision up to which the proxy has acknowledged everything that it follows; 0 before it follows anything.
    public var acknowledged: Revision {
        types.values.map { settledRevision($0) }.min() ?? 0
    }

    /// The resources that the proxy refused and does without, with their versions.
    public var quarantined: [ResourceName: String] {
        var result: [ResourceName: String] = [:]
        for (type, subscription) in types {
            for (name, version) in subscription.quarantined { result[ResourceName(type, name)] = version }
        }
        return result
    }

    /// When ``next(now:view:)`` has something to do though nothing happens; `nil` if never.
    public var deadline: Instant? {
        types.values.flatMap { $0.leaving.values.compactMap(\.since) }.min().map { $0 + Self.removalDelay }
    }

    func settledRevision(_ subscription: TypeSubscription) -> Revision {
        subscription.isSettled ? revision : subscription.settled
    }

    mutating func makeNonce() -> String {
        responses += 1
        return String(responses)
    }
}
