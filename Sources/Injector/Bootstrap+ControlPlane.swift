internal import EnvoyAPI
internal import MeshModel
internal import SwiftProtobuf

extension Bootstrap {
    /// The cluster of the control plane, by the original's name.
    private static let controlPlaneName = "osm-controller"

    /// Everything by one stream of differences.
    ///
    /// The first fetch has no time limit, so `/ready` means configured.
    static var subscriptions: Envoy_Config_Bootstrap_V3_Bootstrap.DynamicResources {
        var service = Envoy_Config_Core_V3_GrpcService()
        service.envoyGrpc.clusterName = controlPlaneName
        var source = Envoy_Config_Core_V3_ConfigSource()
        source.ads = Envoy_Config_Core_V3_AggregatedConfigSource()
        source.resourceApiVersion = .v3
        source.initialFetchTimeout = Google_Protobuf_Duration(seconds: 0)
        var resources = Envoy_Config_Bootstrap_V3_Bootstrap.DynamicResources()
        resources.adsConfig.apiType = .deltaGrpc
        resources.adsConfig.transportApiVersion = .v3
        resources.adsConfig.setNodeOnFirstMessageOnly = true
        resources.adsConfig.grpcServices = [service]
        resources.ldsConfig = source
        resources.cdsConfig = source
        return resources
    }

    /// The cluster of the control plane.
    static func controlPlane(_ settings: BootstrapSettings) throws -> Envoy_Config_Cluster_V3_Cluster {
        var cluster = Envoy_Config_Cluster_V3_Cluster()
        cluster.name = controlPlaneName
        cluster.type = IPAddress(settings.controllerHost) == nil ? .logicalDns : .static
        cluster.connectTimeout = Google_Protobuf_Duration(seconds: 5)
        cluster.loadAssignment = assignment(
            cluster: controlPlaneName, host: settings.controllerHost, port: settings.controllerPort)
        // The original's: a peer that vanished is noticed in 60 + 5 * 5 seconds.
        cluster.upstreamConnectionOptions.tcpKeepalive.keepaliveProbes = Google_Protobuf_UInt32Value(5)
        cluster.upstreamConnectionOptions.tcpKeepalive.keepaliveTime = Google_Protobuf_UInt32Value(60)
        cluster.upstreamConnectionOptions.tcpKeepalive.keepaliveInterval = Google_Protobuf_UInt32Value(5)
        cluster.typedExtensionProtocolOptions = [
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": try protocolOptions(settings.files).packed()
        ]
        cluster.transportSocket.name = "envoy.transport_sockets.tls"
        cluster.transportSocket.typedConfig = try tlsContext(settings).packed()
        return cluster
    }

    /// A cluster's one endpoint.
    static func assignment(
        cluster: String, host: String, port: UInt16
    ) -> Envoy_Config_Endpoint_V3_ClusterLoadAssignment {
        var endpoint = Envoy_Config_Endpoint_V3_LbEndpoint()
        endpoint.endpoint.address.socketAddress.address = host
        endpoint.endpoint.address.socketAddress.portValue = UInt32(port)
        var locality = Envoy_Config_Endpoint_V3_LocalityLbEndpoints()
        locality.lbEndpoints = [endpoint]
        var assignment = Envoy_Config_Endpoint_V3_ClusterLoadAssignment()
        assignment.clusterName = cluster
        assignment.endpoints = [locality]
        return assignment
    }

    /// HTTP/2, with the pod's token on every stream.
    private static func protocolOptions(
        _ files: ProxyFiles
    ) throws -> Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions {
        var credential = Envoy_Extensions_Http_InjectedCredentials_Generic_V3_Generic()
        credential.credential = files.secret(ProxyFiles.tokenSecretName, in: ProxyFiles.tokenSecret)
        credential.header = "authorization"
        credential.headerValuePrefix = "Bearer "
        var injector = Envoy_Extensions_Filters_Http_CredentialInjector_V3_CredentialInjector()
        injector.overwrite = true
        injector.credential.name = "envoy.http.injected_credentials.generic"
        injector.credential.typedConfig = try credential.packed()

        var options = Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions()
        // A dead stream ends within 20 seconds: an interval, which Envoy lengthens by up to 15 %, and a timeout.
        options.explicitHTTPConfig.http2ProtocolOptions.connectionKeepalive.interval =
            Google_Protobuf_Duration(seconds: 10)
        options.explicitHTTPConfig.http2ProtocolOptions.connectionKeepalive.timeout =
            Google_Protobuf_Duration(seconds: 5)
        options.httpFilters = [
            filter("envoy.filters.http.credential_injector", try injector.packed()),
            filter(
                "envoy.filters.http.upstream_codec",
                try Envoy_Extensions_Filters_Http_UpstreamCodec_V3_UpstreamCodec().packed()),
        ]
        return options
    }

    /// A filter of an HTTP filter chain.
    static func filter(
        _ name: String, _ config: Google_Protobuf_Any
    ) -> Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter {
        var filter = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter()
        filter.name = name
        filter.typedConfig = config
        return filter
    }

    /// Trust in the control plane: its authorities from the watched file, and its exact name.
    private static func tlsContext(
        _ settings: BootstrapSettings
    ) -> Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext {
        var name = Envoy_Extensions_TransportSockets_Tls_V3_SubjectAltNameMatcher()
        name.sanType = .dns
        name.matcher.exact = settings.controllerName
        var trust = Envoy_Extensions_TransportSockets_Tls_V3_CommonTlsContext.CombinedCertificateValidationContext()
        trust.defaultValidationContext.matchTypedSubjectAltNames = [name]
        trust.validationContextSdsSecretConfig = settings.files.secret(
            ProxyFiles.authoritiesSecretName, in: ProxyFiles.authoritiesSecret)
        var context = Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext()
        context.sni = settings.controllerName
        context.commonTlsContext.alpnProtocols = ["h2"]
        context.commonTlsContext.combinedValidationContext = trust
        return context
    }
}
