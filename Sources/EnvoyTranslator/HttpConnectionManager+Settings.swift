internal import EnvoyAPI
internal import SwiftProtobuf
internal import XDSCache

extension Envoy.HttpConnectionManager {
    /// A connection manager with what both directions have in common.
    ///
    /// - Parameters:
    ///   - statPrefix: One for all listeners of a direction: each unique one costs memory in the proxy.
    ///   - route: The route configuration that it follows.
    init(statPrefix: String, route: ResourceName) {
        self.init()
        self.statPrefix = statPrefix
        codecType = .auto
        rds.configSource = .stream
        rds.routeConfigName = route.name
        var websocket = UpgradeConfig()
        websocket.upgradeType = "websocket"
        upgradeConfigs = [websocket]
        // No time limit that nobody set: Envoy's is 5 minutes.
        streamIdleTimeout = .never
        // What is authorized is what the application sees. Clients do the same: the server's proxy would rewrite the
        // path anyway, and so a match of a route group means the same requests at both ends.
        normalizePath = .init(true)
        mergeSlashes = true
        pathWithEscapedSlashesAction = .rejectRequest
        // Nobody can forge whom a certificate named.
        forwardClientCertDetails = .sanitize
    }

    /// The filters: those given, then the router.
    mutating func setFilters(_ filters: [Envoy.HttpFilter]) {
        httpFilters = filters + [Self.router]
    }

    private static let router = Envoy.HttpFilter("envoy.filters.http.router", Envoy.Router().packed())

    /// The network filter that it is.
    var filter: Envoy.Filter {
        .init("envoy.filters.network.http_connection_manager", packed())
    }
}

extension Envoy.HttpFilter {
    /// A filter by its name and settings.
    init(_ name: String, _ config: Google_Protobuf_Any) {
        self.init()
        self.name = name
        typedConfig = config
    }
}

extension Envoy.Filter {
    /// A filter by its name and settings.
    init(_ name: String, _ config: Google_Protobuf_Any) {
        self.init()
        self.name = name
        typedConfig = config
    }
}
