internal import EnvoyAPI
internal import MeshModel
internal import SwiftProtobuf

extension Bootstrap {
    /// The listeners for rewritten probes, by the original's names: `liveness_listener` and so on, those that are used.
    ///
    /// A request is told by its path, and sent on with the probe's own path and the query. A redirect of the
    /// application leads the kubelet to another path: it is told by the page that it comes from, which the kubelet
    /// names, or where there is only one application, not at all.
    static func probeListeners(
        _ probes: [ProbedRequest], families: Set<IPAddress.Family>
    ) throws -> [Envoy_Config_Listener_V3_Listener] {
        try Probe.Kind.allCases.map { ProbeRouting($0, probes) }.filter { !$0.requests.isEmpty }.map { routing in
            var listener = Self.listener("\(routing.kind)_listener", port: routing.kind.port, families: families)
            if let passthrough = routing.passthrough {
                var inspector = Envoy_Config_Listener_V3_ListenerFilter()
                inspector.name = "envoy.filters.listener.tls_inspector"
                inspector.typedConfig =
                    try Envoy_Extensions_Filters_Listener_TlsInspector_V3_TlsInspector().packed()
                listener.listenerFilters = [inspector]
                listener.filterChains.append(try chain(passingTo: passthrough))
            }
            if !routing.routed.isEmpty { listener.filterChains.append(try chain(routing)) }
            return listener
        }
    }

    /// The clusters of the applications' ports.
    static func probeClusters(_ probes: [ProbedRequest]) throws -> [Envoy_Config_Cluster_V3_Cluster] {
        try Probe.Kind.allCases.map { ProbeRouting($0, probes) }.flatMap { routing in
            try routing.requests.map { request in
                var cluster = Envoy_Config_Cluster_V3_Cluster()
                cluster.name = request.cluster
                cluster.type = .static
                cluster.loadAssignment = assignment(cluster: cluster.name, host: "127.0.0.1", port: request.port)
                guard request.isTLS, !routing.isPassedThrough(request) else { return cluster }
                // Like the kubelet, it does not ask who answers.
                cluster.transportSocket.name = "envoy.transport_sockets.tls"
                cluster.transportSocket.typedConfig =
                    try Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext().packed()
                return cluster
            }
        }
    }

    private static func chain(
        passingTo request: ProbedRequest
    ) throws -> Envoy_Config_Listener_V3_FilterChain {
        var proxy = Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy()
        proxy.statPrefix = "health_probes_https"
        proxy.cluster = request.cluster
        var filter = Envoy_Config_Listener_V3_Filter()
        filter.name = "envoy.filters.network.tcp_proxy"
        filter.typedConfig = try proxy.packed()
        var chain = Envoy_Config_Listener_V3_FilterChain()
        chain.filterChainMatch.transportProtocol = "tls"
        chain.filters = [filter]
        return chain
    }

    private static func chain(_ routing: ProbeRouting) throws -> Envoy_Config_Listener_V3_FilterChain {
        var routes = routing.routed.map { request in
            var route = route(to: request)
            route.match.path = request.proxyPath
            route.route.prefixRewrite = request.path
            return route
        }
        routes += routing.routed.map { request in
            var referrer = Envoy_Config_Route_V3_HeaderMatcher()
            referrer.name = "referer"
            referrer.stringMatch.safeRegex.regex = #"https?://[^/?]*"# + quoted(request.proxyPath) + #"(\?.*)?"#
            var route = route(to: request)
            route.match.prefix = "/"
            route.match.headers = [referrer]
            return route
        }
        if let request = routing.routed.first, routing.routed.allSatisfy({ $0.port == request.port }) {
            var route = route(to: request)
            route.match.prefix = "/"
            routes.append(route)
        }
        return try chain(
            statPrefix: "health_probes_http", hostName: "local_service", routeConfigName: "local_route", routes: routes)
    }

    private static func route(to request: ProbedRequest) -> Envoy_Config_Route_V3_Route {
        var route = Envoy_Config_Route_V3_Route()
        route.route.cluster = request.cluster
        route.route.timeout = Google_Protobuf_Duration(seconds: request.timeout)
        return route
    }

    /// A text as an expression that matches only it: names of containers and kinds have dots at most.
    private static func quoted(_ path: String) -> String {
        path.map { $0 == "." ? #"\."# : String($0) }.joined()
    }
}
