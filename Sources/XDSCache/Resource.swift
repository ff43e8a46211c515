public import MeshModel

/// A type of xDS resource, by its type URL.
///
/// Ordered by the order in which Envoy wants them made.
public struct ResourceType: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The place in the order, and nothing else: names of resources are in many sets, and hashed with their types.
    let rank: UInt8

    private init(rank: UInt8) { self.rank = rank }

    /// Clusters.
    public static let cluster = ResourceType(rank: 0)
    /// Load assignments of clusters.
    public static let endpoints = ResourceType(rank: 1)
    /// Certificates, keys and trust.
    public static let secret = ResourceType(rank: 2)
    /// Listeners.
    public static let listener = ResourceType(rank: 3)
    /// Route configurations.
    public static let route = ResourceType(rank: 4)
    /// Configurations of extensions.
    public static let `extension` = ResourceType(rank: 5)

    /// Every type that is served, in order.
    public static let all: [ResourceType] = [cluster, endpoints, secret, listener, route, `extension`]

    /// The type URLs, in the same order.
    private static let urls = [
        "envoy.config.cluster.v3.Cluster", "envoy.config.endpoint.v3.ClusterLoadAssignment",
        "envoy.extensions.transport_sockets.tls.v3.Secret", "envoy.config.listener.v3.Listener",
        "envoy.config.route.v3.RouteConfiguration", "envoy.config.core.v3.TypedExtensionConfig",
    ].map { "type.googleapis.com/" + $0 }

    /// The type URL, such as `type.googleapis.com/envoy.config.cluster.v3.Cluster`.
    public var url: String { Self.urls[Int(rank)] }

    /// The type with a type URL, or `nil` if it is not served.
    public init?(url: String) {
        guard let type = Self.all.first(where: { $0.url == url }) else { return nil }
        self = type
    }

    /// The type's message name without its packages, such as `Cluster`.
    public var description: String { url.split(separator: ".").last.map(String.init) ?? url }

    /// Clusters first, extensions last.
    public static func < (left: ResourceType, right: ResourceType) -> Bool { left.rank < right.rank }
}

/// A resource as a proxy names it.
public struct ResourceName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The type.
    public let type: ResourceType
    /// The name on the wire.
    public let name: String

    /// The name of a resource of a type.
    public init(_ type: ResourceType, _ name: String) {
        self.type = type
        self.name = name
    }

    /// `Cluster shop/bookstore|14001`.
    public var description: String { "\(type) \(name)" }

    /// Type first, then name.
    public static func < (left: ResourceName, right: ResourceName) -> Bool {
        (left.type, left.name) < (right.type, right.name)
    }
}

/// A resource in the cache: a name, and which of its variants.
///
/// A view maps a name to one variant.
public struct ResourceKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What the proxy calls it.
    public let name: ResourceName
    /// Which of the resources of that name; empty where there is only one.
    public let variant: String

    /// The key of a resource.
    public init(_ name: ResourceName, variant: String = "") {
        self.name = name
        self.variant = variant
    }

    /// The name, and the variant in parentheses where there is one.
    public var description: String { variant.isEmpty ? name.description : "\(name) (\(variant))" }

    /// Name first, then variant.
    public static func < (left: ResourceKey, right: ResourceKey) -> Bool {
        (left.name, left.variant) < (right.name, right.variant)
    }
}

/// An object that shaped a resource, and its generation then.
public struct Origin: Hashable, Comparable, Sendable {
    /// The object.
    public let object: ObjectKey
    /// The object's generation.
    public let generation: Int64

    /// An object at a generation.
    public init(object: ObjectKey, generation: Int64) {
        self.object = object
        self.generation = generation
    }

    /// By object, then generation.
    public static func < (left: Origin, right: Origin) -> Bool {
        (left.object, left.generation) < (right.object, right.generation)
    }
}

/// An encoded resource.
///
/// Its bytes are shared by all proxies that see it.
public struct Resource: Hashable, Sendable {
    /// Where it is in the cache.
    public let key: ResourceKey
    /// What streams keep of it.
    let edition: Edition
    /// The message, encoded deterministically.
    public let body: [UInt8]
    /// The objects that shaped it: sorted, without duplicates.
    public let origins: [Origin]

    /// A hash of the bytes in hexadecimal: equal bytes have equal versions, in every process.
    ///
    /// (The one exception is the workload certificate, see architecture section 3: its version names its content.)
    public var version: String { edition.version }
    /// The clusters, routes, secrets and extensions that it names: sorted, without duplicates.
    public var references: [ResourceName] { edition.references ?? [] }
}

/// What a stream keeps of a resource that its proxy has: one object for all streams, as there are thousands of them
/// with hundreds of resources each.
final class Edition: Hashable, Sendable {
    let version: String
    /// What it refers to, sorted; `nil` while only the version is known, from an earlier stream.
    let references: [ResourceName]?

    init(version: String, references: [ResourceName]?) {
        self.version = version
        self.references = references
    }

    static func == (left: Edition, right: Edition) -> Bool {
        left === right || left.version == right.version && left.references == right.references
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(version)
        hasher.combine(references)
    }
}
