internal import EnvoyAPI
internal import MeshModel

extension Bootstrap {
    /// Envoy's administration interface as a cluster, by the original's name.
    static var metricsCluster: Envoy_Config_Cluster_V3_Cluster {
        var cluster = Envoy_Config_Cluster_V3_Cluster()
        cluster.name = "envoy-metrics-cluster"
        cluster.type = .static
        cluster.loadAssignment = assignment(cluster: cluster.name, host: "127.0.0.1", port: ProxyPorts.admin)
        return cluster
    }

    /// Where the kubelet asks whether the sidecar is ready: it is once all that it follows was answered.
    static let readyPath = "/ready"

    /// The listener for Prometheus, with the original's names, and for the kubelet.
    ///
    /// Only these paths are let through, exactly: with the original's prefix match `/stats/prometheus/../../x` would
    /// be handed to the administration interface.
    static func metricsListener(families: Set<IPAddress.Family>) throws -> Envoy_Config_Listener_V3_Listener {
        let paths = ["/stats/prometheus", readyPath]
        let routes = paths.map { path in
            var route = Envoy_Config_Route_V3_Route()
            route.match.path = path
            route.route.cluster = metricsCluster.name
            return route
        }
        var listener = listener("inbound-prometheus-listener", port: ProxyPorts.metrics, families: families)
        listener.filterChains = [
            try chain(
                statPrefix: "prometheus-http-conn-manager", hostName: "prometheus-inbound-virtual-host",
                routes: routes)
        ]
        return listener
    }

    /// A listener at the wildcard address of each family, without a filter chain.
    static func listener(
        _ name: String, port: UInt16, families: Set<IPAddress.Family>
    ) -> Envoy_Config_Listener_V3_Listener {
        let wildcards = families.sorted().map { wildcard($0, port) }
        var listener = Envoy_Config_Listener_V3_Listener()
        listener.name = name
        listener.address = wildcards.first ?? wildcard(.v4, port)
        listener.additionalAddresses = wildcards.dropFirst().map { address in
            var additional = Envoy_Config_Listener_V3_AdditionalAddress()
            additional.address = address
            return additional
        }
        return listener
    }

    /// A filter chain for HTTP with routes of its own.
    static func chain(
        statPrefix: String, hostName: String, routeConfigName: String = "", routes: [Envoy_Config_Route_V3_Route]
    ) throws -> Envoy_Config_Listener_V3_FilterChain {
        var host = Envoy_Config_Route_V3_VirtualHost()
        host.name = hostName
        host.domains = ["*"]
        host.routes = routes
        var manager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager()
        manager.statPrefix = statPrefix
        manager.routeConfig.name = routeConfigName
        manager.routeConfig.virtualHosts = [host]
        manager.httpFilters = [
            filter(
                "envoy.filters.http.router", try Envoy_Extensions_Filters_Http_Router_V3_Router().packed())
        ]
        var filter = Envoy_Config_Listener_V3_Filter()
        filter.name = "envoy.filters.network.http_connection_manager"
        filter.typedConfig = try manager.packed()
        var chain = Envoy_Config_Listener_V3_FilterChain()
        chain.filters = [filter]
        return chain
    }

    /// Reads the whole name of a policy from a counter of the RBAC filter.
    ///
    /// Envoy's own expression ends at the first dot, which names of Kubernetes objects may hold; a tag of the same
    /// name replaces it. The first group is cut out of the counter's name, the second is the tag's value.
    static var policyNameTag: Envoy_Config_Metrics_V3_TagSpecifier {
        var tag = Envoy_Config_Metrics_V3_TagSpecifier()
        tag.tagName = "envoy.rbac_policy_name"
        tag.regex = #"^http\.[^.]+\.rbac\.policy\.((.+)\.)(?:allowed|denied|shadow_allowed|shadow_denied)$"#
        return tag
    }

    private static func wildcard(_ family: IPAddress.Family, _ port: UInt16) -> Envoy_Config_Core_V3_Address {
        var address = Envoy_Config_Core_V3_Address()
        address.socketAddress.address = family == .v4 ? "0.0.0.0" : "::"
        address.socketAddress.portValue = UInt32(port)
        return address
    }
}
