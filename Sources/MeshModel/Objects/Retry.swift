/// Which requests of a client are tried again: an object of the original's API, with the original's names.
///
/// Source of fields: the original's Retry `policy.openservicemesh.io/v1alpha1`. Beyond it: wildcard destinations, and
/// ``Policy/retriableStatusCodes``.
public struct Retry: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.retry
    /// What stands for every service, or for every namespace.
    public static let wildcard = "*"

    /// A source or a destination.
    public struct Subject: Hashable, Sendable {
        /// `kind` as written: `ServiceAccount` for a source, `Service` for a destination.
        public var kind: String
        /// The object's name; of a destination `*` or empty for every service.
        public var name: String
        /// The namespace as written, of a wildcard destination `*` for every one; `nil` means the Retry's own.
        public var namespace: String?

        /// A source or destination.
        public init(kind: String, name: String, namespace: String? = nil) {
            self.kind = kind
            self.name = name
            self.namespace = namespace
        }
    }

    /// `spec.retryPolicy`: when, how often and how fast.
    public struct Policy: Hashable, Sendable {
        /// When a request is tried again: Envoy's words, divided by commas, as written.
        public var retryOn: String
        /// How long one try may take, in Go's spelling; empty or zero for any time.
        public var perTryTimeout: String
        /// How often it is tried again at most; `nil` where it is not written.
        public var numRetries: Int?
        /// The pause before the first retry, in Go's spelling; empty for Envoy's 25 ms.
        public var retryBackoffBaseInterval: String
        /// The answers that `retriable-status-codes` means, beside those that a request itself names.
        public var retriableStatusCodes: [Int]

        /// A policy.
        public init(
            retryOn: String, numRetries: Int? = nil, perTryTimeout: String = "", retryBackoffBaseInterval: String = "",
            retriableStatusCodes: [Int] = []
        ) {
            self.retryOn = retryOn
            self.numRetries = numRetries
            self.perTryTimeout = perTryTimeout
            self.retryBackoffBaseInterval = retryBackoffBaseInterval
            self.retriableStatusCodes = retriableStatusCodes
        }

        /// The words of ``retryOn``, without spaces around them, in the order of their spelling, each once.
        public var conditions: [String] { Set(words.filter { !$0.isEmpty }).sorted() }

        /// The words of ``retryOn`` as written, without the spaces around them.
        var words: [String] {
            retryOn.split(separator: ",", omittingEmptySubsequences: false).map { word in
                String(word.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
        }
    }

    /// Which services a destination stands for.
    public enum Scope: Hashable, Comparable, Sendable, CustomStringConvertible {
        /// One service.
        case service(ObjectName)
        /// Every service of a namespace.
        case namespace(String)
        /// Every service of the mesh.
        case mesh

        /// The services in words, such as `Service shop/web`.
        public var description: String {
            switch self {
            case .service(let name): "Service \(name)"
            case .namespace(let namespace): "every Service of \(namespace)"
            case .mesh: "every Service"
            }
        }

        /// The scopes in which a service is, the narrowest first: that decides between the objects of a client.
        public static func containing(_ service: ObjectName) -> [Scope] {
            [.service(service), .namespace(service.namespace), .mesh]
        }
    }

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// Whose requests are tried again; `nil` where it is missing.
    public var source: Subject?
    /// Requests to which services, in the order of the spec.
    public var destinations: [Subject]
    /// When, how often and how fast.
    public var policy: Policy

    /// A retry with the given fields.
    public init(metadata: ObjectMetadata, source: Subject?, destinations: [Subject], policy: Policy) {
        self.metadata = metadata
        self.source = source
        self.destinations = destinations
        self.policy = policy
    }

    /// The client, an omitted namespace taken as the object's own.
    public var sourceIdentity: ServiceIdentity? {
        source.map { ServiceIdentity(namespace: $0.namespace ?? metadata.namespace, serviceAccount: $0.name) }
    }

    /// What each destination stands for, in their order.
    public var scopes: [Scope] {
        destinations.map { destination in
            let namespace = destination.namespace ?? metadata.namespace
            guard destination.name.isEmpty || destination.name == Self.wildcard else {
                return .service(ObjectName(namespace: namespace, name: destination.name))
            }
            return namespace == Self.wildcard ? .mesh : .namespace(namespace)
        }
    }
}
