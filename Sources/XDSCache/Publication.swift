public import MeshModel

/// A part of a view that several proxies share: a set of resources.
///
/// The layers of one view never hold two variants of one name.
public struct LayerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The layer's name, such as `mesh`, `permissive` or `reach shop/bookbuyer`.
    public let description: String

    /// A layer by its name.
    public init(_ name: String) { description = name }

    /// By name.
    public static func < (left: LayerID, right: LayerID) -> Bool { left.description < right.description }
}

/// A pod whose proxy may connect: its name and uid, so that a new pod of the same name is another proxy.
public struct ProxyID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Namespace and name of the pod.
    public let pod: ObjectName
    /// The pod's uid.
    public let uid: String

    /// The proxy of a pod.
    public init(pod: ObjectName, uid: String) {
        self.pod = pod
        self.uid = uid
    }

    /// Namespace and name of the pod.
    public var description: String { pod.description }

    /// By pod, then uid.
    public static func < (left: ProxyID, right: ProxyID) -> Bool { (left.pod, left.uid) < (right.pod, right.uid) }
}

/// What one batch of changes makes of the cache.
///
/// Only what differs is named.
public struct Publication: Equatable, Sendable {
    /// Resources that are new or have other bytes.
    public var resources: [Resource]
    /// Resources that no layer holds any more.
    public var removed: [ResourceKey]
    /// The whole new content of layers that changed, sorted; `nil` for a layer that is gone.
    public var layers: [LayerID: [ResourceKey]?]
    /// The layers of proxies that are new or changed, in a fixed order; `nil` for a proxy that is gone.
    public var proxies: [ProxyID: [LayerID]?]
    /// Who the proxies are, of those that are new or changed.
    ///
    /// A stream belongs to one identity: it ends when its proxy gets another. One that is not named here is not held
    /// to any.
    public var identities: [ProxyID: ServiceIdentity]
    /// The addresses about which proxies asked (``CacheConnection/ask(about:)``) and that have been looked at: what there
    /// is at them is in the view by now.
    public var answered: [ProxyID: Set<SocketAddress>]

    /// A publication; empty by default.
    public init(
        resources: [Resource] = [], removed: [ResourceKey] = [], layers: [LayerID: [ResourceKey]?] = [:],
        proxies: [ProxyID: [LayerID]?] = [:], identities: [ProxyID: ServiceIdentity] = [:],
        answered: [ProxyID: Set<SocketAddress>] = [:]
    ) {
        self.answered = answered
        self.resources = resources
        self.removed = removed
        self.layers = layers
        self.proxies = proxies
        self.identities = identities
    }

    /// Whether it changes nothing.
    public var isEmpty: Bool {
        resources.isEmpty && removed.isEmpty && layers.isEmpty && proxies.isEmpty && identities.isEmpty
            && answered.isEmpty
    }
}

/// A growing number, one per publication.
public typealias Revision = UInt64
