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

    /// The listener for Prometheus, with the original's names.
    ///
    /// Only the one path is let through, exactly: with the original's prefix match `/stats/prometheus/../../x` would
    /// be handed to the administration interface.
    static func metricsListener(families: Set<IPAddress.Family>) throws -> Envoy_Config_Listener_V3_Listener {
        var route = Envoy_Config_Route_V3_Route()
        route.match.path = "/stats/prometheus"
        route.route.cluster = metricsCluster.name
        var host = Envoy_Config_Route_V3_VirtualHost()
        host.name = "prometheus-inbound-virtual-host"
        host.domains = ["*"]
        host.routes = [route]
        var manager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager()
        manager.statPrefix = "prometheus-http-conn-manager"
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

        let wildcards = families.sorted().map { wildcard($0) }
        var listener = Envoy_Config_Listener_V3_Listener()
        listener.name = "inbound-prometheus-listener"
        listener.address = wildcards.first ?? wildcard(.v4)
        listener.additionalAddresses = wildcards.dropFirst().map { address in
            var additional = Envoy_Config_Listener_V3_AdditionalAddress()
            additional.address = address
            return additional
        }
        listener.filterChains = [chain]
        return listener
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

    private static func wildcard(_ family: IPAddress.Family) -> Envoy_Config_Core_V3_Address {
        var address = Envoy_Config_Core_V3_Address()
        address.socketAddress.address = family == .v4 ? "0.0.0.0" : "::"
        address.socketAddress.portValue = UInt32(ProxyPorts.metrics)
        return address
    }
}
