/// The types of resources that a proxy asks for, in the order in which Envoy does.
public enum ResourceKind: Int, CaseIterable, Sendable {
    case cluster, endpoints, secret, listener, route, `extension`

    /// What requests call it.
    public var url: String {
        switch self {
        case .cluster: "type.googleapis.com/envoy.config.cluster.v3.Cluster"
        case .endpoints: "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
        case .secret: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
        case .listener: "type.googleapis.com/envoy.config.listener.v3.Listener"
        case .route: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
        case .extension: "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"
        }
    }

    /// Whether a proxy asks for all that there is of it, not by name.
    var isWildcard: Bool { self == .cluster || self == .listener }

    private static let byURL = Dictionary(uniqueKeysWithValues: allCases.map { ($0.url, $0) })

    init?(url: String) {
        guard let kind = Self.byURL[url] else { return nil }
        self = kind
    }
}
