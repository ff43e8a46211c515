public import MeshModel

/// One proxy's stream: the whole protocol as a value, without time, sockets or locks.
///
/// The shell hands in what arrives (``receive(_:now:)``, ``update(_:revision:)``) and asks what to send
/// (``next(now:view:)``). A type has one response at a time under way; what changes meanwhile gathers by name, and the
/// latest wins. Both variants of the protocol are the same machine, which decides what a proxy lacks: they differ in
/// how interest is told and in how much is written out.
///
/// The order that Envoy needs (architecture section 10): endpoints follow every update of their cluster; what newly
/// names a cluster waits for the acknowledgement of that cluster; what nothing refers to any more is removed five
/// seconds after everything that referred to it was acknowledged.
public struct ProxyStream: Sendable {
    /// A moment, as the shell's clock tells it.
    public typealias Instant = ContinuousClock.Instant

    /// The variants of the protocol.
    public enum Variant: CaseIterable, Sendable {
        /// Differences, by name; Envoy's `DELTA_GRPC`.
        case delta
        /// Whole sets of clusters, listeners and secrets, and of other types what changed; Envoy's `GRPC`.
        ///
        /// A stream begins without knowledge of what the proxy has from an earlier one: all is sent, and what is gone
        /// meanwhile is removed at once.
        case stateOfTheWorld
    }

    /// How long a removal waits after the acknowledgement of everything that referred to the resource.
    public static let removalDelay = Duration.seconds(5)
    /// The most names that a stream may be subscribed to: far more than any view holds, far less than hurts.
    public static let maximumNames = 100_000
    /// The longest name that a proxy may follow, in bytes: those of resources are much shorter.
    public static let maximumName = 512

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
        /// What is written out: the new and changed resources, or the whole set with them.
        public let content: [Resource]
        /// The version of the type after it: equal wherever the proxy has the same; empty in differences.
        public let version: String
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
        /// The proxy wants to know what is at addresses that may not be in its view: its pod has called them, or an
        /// earlier stream told it of them.
        case asked(Set<SocketAddress>)
    }

    /// Why a stream must end.
    public struct Violation: Error, Equatable, Sendable {
        /// What the proxy did.
        public let message: String
    }

    /// How the stream speaks.
    public let variant: Variant
    var types = Subscriptions()
    /// What the proxy's resources refer to and it does not have yet, with the first revision that lacks it.
    var awaited: [ResourceName: Revision] = [:]
    /// What the clusters of the response under way refer to and Envoy needs to warm them, as it was when they were sent.
    ///
    /// Envoy acknowledges clusters when all are warm. What one waits for may leave the view before it is asked for or
    /// sent; without it the proxy would never acknowledge a cluster again.
    var warming: [ResourceName: Resource] = [:]
    /// Names of on-demand clusters and listeners that may have come into the view, or left it, since that was looked at.
    var unchecked: Set<String> = []
    /// The names of on-demand clusters that the proxy follows and whose listeners were in the view.
    var claimed: Set<String> = []
    /// Whether something that is awaited may not be in the view.
    var mayAwaitAbsent = false
    /// The latest revision that was told.
    private(set) var revision: Revision = 0
    private var responses = 0

    /// A stream on which nothing has happened yet.
    public init(_ variant: Variant) { self.variant = variant }

    /// Something in the proxy's view may differ: the given names, or with `nil` any.
    public mutating func update(_ names: Set<ResourceName>?, revision: Revision) {
        // What was settled stays so up to here, whatever comes.
        types.settle(at: self.revision)
        self.revision = max(self.revision, revision)
        mayAwaitAbsent = true
        guard let names else {
            for type in ResourceType.all { types.change(type) { $0.isWholeViewPending = true } }
            recheckOnDemandClusters()
            return
        }
        for name in names { types.change(name.type) { $0.pending.insert(name.name) } }
        reconsiderOnDemandClusters(names)
    }

    /// Whether there was a request for a type: versions that a proxy says it has count in the first one only.
    public func hasRequested(_ type: ResourceType) -> Bool { types.isRequested(type) }

    /// When ``next(now:view:)`` has something to do though nothing happens; `nil` if never.
    public var deadline: Instant? {
        let losing = ResourceType.all.filter { types.standing(of: $0).loses }
        return losing.compactMap { types.read($0) { $0.firstDeparture } ?? nil }.min().map { $0 + Self.removalDelay }
    }

    mutating func makeNonce() -> String {
        responses += 1
        return String(responses)
    }
}
