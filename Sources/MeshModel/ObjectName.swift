/// The namespace and name of an object.
///
/// Ordered by namespace, then name: the order that settles ties wherever several objects claim one thing.
public struct ObjectName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The namespace; empty for objects that live in none (`Namespace`).
    public let namespace: String
    /// The object's name within its namespace.
    public let name: String

    /// The name of an object in a namespace.
    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// `namespace/name`, or `name` alone where there is no namespace.
    public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    /// Namespace first, then name.
    public static func < (left: ObjectName, right: ObjectName) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// One object of the mesh: its kind and its name.
///
/// Ordered by kind, then name.
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What kind of object it is.
    public let kind: ObjectKind
    /// Where it is.
    public let name: ObjectName

    /// The key of an object.
    public init(kind: ObjectKind, name: ObjectName) {
        self.kind = kind
        self.name = name
    }

    /// `Kind namespace/name`, as messages name an object.
    public var description: String { "\(kind.rawValue) \(name)" }

    /// Kind first, then name.
    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.kind.rawValue, left.name) < (right.kind.rawValue, right.name)
    }
}

/// The kinds of objects that the mesh reads.
public enum ObjectKind: String, CaseIterable, Hashable, Sendable {
    case namespace = "Namespace"
    case pod = "Pod"
    case service = "Service"
    case serviceAccount = "ServiceAccount"
    case endpointSlice = "EndpointSlice"
    case meshConfig = "MeshConfig"
    case trafficTarget = "TrafficTarget"
    case httpRouteGroup = "HTTPRouteGroup"
    case tcpRoute = "TCPRoute"
    case trafficSplit = "TrafficSplit"
    case egress = "Egress"
    case ingressBackend = "IngressBackend"
    case retry = "Retry"
    case upstreamTrafficSetting = "UpstreamTrafficSetting"
    case telemetry = "Telemetry"
    case extensionService = "ExtensionService"

    /// The API group; empty for the core group.
    public var group: String {
        switch self {
        case .namespace, .pod, .service, .serviceAccount: ""
        case .endpointSlice: "discovery.k8s.io"
        case .meshConfig, .extensionService: "config.openservicemesh.io"
        case .egress, .ingressBackend, .retry, .upstreamTrafficSetting, .telemetry: "policy.openservicemesh.io"
        case .trafficTarget: "access.smi-spec.io"
        case .httpRouteGroup, .tcpRoute: "specs.smi-spec.io"
        case .trafficSplit: "split.smi-spec.io"
        }
    }

    /// The versions whose spelling is read, newest first.
    ///
    /// Source: `kubernetes` API versions and the CRDs of the original (their unserved versions are left out,
    /// except those of TrafficSplit, which manifests in the field use).
    public var versions: [String] {
        switch self {
        case .namespace, .pod, .service, .serviceAccount: ["v1"]
        case .endpointSlice: ["v1", "v1beta1"]
        case .meshConfig: ["v1alpha2", "v1alpha1"]
        case .trafficTarget: ["v1alpha3"]
        case .httpRouteGroup, .tcpRoute: ["v1alpha4"]
        case .trafficSplit: ["v1alpha4", "v1alpha3", "v1alpha2"]
        case .egress, .ingressBackend, .retry, .upstreamTrafficSetting, .telemetry: ["v1alpha1"]
        case .extensionService: ["v1alpha2"]
        }
    }

    /// Whether objects of this kind live outside every namespace.
    public var isClusterScoped: Bool { self == .namespace }
}
