internal import EnvoyAPI
internal import MeshModel
internal import SwiftProtobuf

/// What Envoy is started with: how it reaches the control plane, and what is the same for every sidecar.
///
/// Everything else comes from the control plane. Equal settings give equal text.
public struct Bootstrap: Hashable, Sendable {
    /// The bootstrap for `envoy --config-yaml`, since JSON is YAML.
    public let json: String

    /// The bootstrap of a sidecar.
    ///
    /// - Throws: `InjectorError` with the code `encoding`.
    public init(settings: BootstrapSettings) throws {
        try self.init(
            settings: settings, listeners: Bootstrap.probeListeners(settings.probes, families: settings.families),
            clusters: Bootstrap.probeClusters(settings.probes))
    }

    /// The bootstrap with further listeners and clusters at the end of those that all sidecars have.
    init(
        settings: BootstrapSettings, listeners: [Envoy_Config_Listener_V3_Listener],
        clusters: [Envoy_Config_Cluster_V3_Cluster]
    ) throws {
        var bootstrap = Envoy_Config_Bootstrap_V3_Bootstrap()
        bootstrap.node.id = settings.nodeID
        bootstrap.node.cluster = settings.nodeCluster
        bootstrap.admin.address.socketAddress.address = "127.0.0.1"
        bootstrap.admin.address.socketAddress.portValue = UInt32(ProxyPorts.admin)
        bootstrap.dynamicResources = Bootstrap.subscriptions
        bootstrap.staticResources.clusters =
            try [Bootstrap.controlPlane(settings), Bootstrap.metricsCluster]
            + clusters
        bootstrap.staticResources.listeners =
            try [Bootstrap.metricsListener(families: settings.families)]
            + listeners
        bootstrap.statsConfig.statsTags = [Bootstrap.policyNameTag]
        // A visible service costs half as much while nothing has called it.
        bootstrap.deferredStatOptions.enableDeferredCreationStats = true
        bootstrap.layeredRuntime.layers = Bootstrap.runtime
        bootstrap.bootstrapExtensions = [try Bootstrap.internalListeners()]
        json = try bootstrap.json(of: "the bootstrap of \(settings.nodeCluster)")
    }

    /// Envoy's features that differ from its defaults.
    ///
    /// A layer for each, since a struct with several fields is written in another order each time.
    private static var runtime: [Envoy_Config_Bootstrap_V3_RuntimeLayer] {
        let features: [(String, Google_Protobuf_Value)] = [
            // The default of 100 refuses ordinary expressions; the control plane bounds them instead.
            ("re2.max_program_size.error_level", Google_Protobuf_Value(numberValue: Double(UInt32.max))),
            // A repeated header is matched as its values joined by commas: else one good value would let it pass, or
            // choose its route.
            ("envoy.reloadable_features.match_headers_individually", Google_Protobuf_Value(boolValue: false)),
            ("envoy.reloadable_features.rbac_match_headers_individually", Google_Protobuf_Value(boolValue: false)),
        ]
        return features.map { name, value in
            var layer = Envoy_Config_Bootstrap_V3_RuntimeLayer()
            layer.name = name
            layer.staticLayer.fields = [name: value]
            return layer
        }
    }

    /// What the on-demand services of permissive mode need: a listener within the process.
    private static func internalListeners() throws -> Envoy_Config_Core_V3_TypedExtensionConfig {
        var config = Envoy_Config_Core_V3_TypedExtensionConfig()
        config.name = "envoy.bootstrap.internal_listener"
        config.typedConfig = try Envoy_Extensions_Bootstrap_InternalListener_V3_InternalListener().packed()
        return config
    }
}
