internal import EnvoyAPI
internal import SwiftProtobuf

/// The messages that others carry in envelopes: to be written as JSON they must be known by name.
package enum EnvelopedMessages {
    private static let types: [any Message.Type] = [
        Envoy_Config_Trace_V3_OpenTelemetryConfig.self,
        Envoy_Config_Trace_V3_ZipkinConfig.self,
        Envoy_Extensions_AccessLoggers_OpenTelemetry_V3_OpenTelemetryAccessLogConfig.self,
        Envoy_Extensions_AccessLoggers_Stats_V3_Config.self,
        Envoy_Extensions_AccessLoggers_Stream_V3_StdoutAccessLog.self,
        Envoy_Extensions_Clusters_Dns_V3_DnsCluster.self,
        Envoy_Extensions_Filters_Http_LocalRatelimit_V3_LocalRateLimit.self,
        Envoy_Extensions_Filters_Http_Ratelimit_V3_RateLimit.self,
        Envoy_Extensions_Filters_Http_Ratelimit_V3_RateLimitPerRoute.self,
        Envoy_Extensions_Filters_Http_ExtAuthz_V3_ExtAuthz.self,
        Envoy_Extensions_Filters_Http_HealthCheck_V3_HealthCheck.self,
        Envoy_Extensions_Filters_Http_Rbac_V3_RBAC.self,
        Envoy_Extensions_Filters_Http_Rbac_V3_RBACPerRoute.self,
        Envoy_Extensions_Filters_Http_Router_V3_Router.self,
        Envoy_Extensions_Filters_Listener_HttpInspector_V3_HttpInspector.self,
        Envoy_Extensions_Filters_Listener_OriginalDst_V3_OriginalDst.self,
        Envoy_Extensions_Filters_Listener_TlsInspector_V3_TlsInspector.self,
        Envoy_Extensions_Matching_CommonInputs_Network_V3_DestinationIPInput.self,
        Google_Protobuf_StringValue.self,
        Xds_Type_Matcher_V3_IPMatcher.self,
        Envoy_Extensions_Network_DnsResolver_Cares_V3_CaresDnsResolverConfig.self,
        Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager.self,
        Envoy_Extensions_Filters_Network_LocalRatelimit_V3_LocalRateLimit.self,
        Envoy_Extensions_Filters_Network_Ratelimit_V3_RateLimit.self,
        Envoy_Extensions_Filters_Network_Rbac_V3_RBAC.self,
        Envoy_Extensions_Filters_Network_SetFilterState_V3_Config.self,
        Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy.self,
        Envoy_Extensions_Formatter_ReqWithoutQuery_V3_ReqWithoutQuery.self,
        Envoy_Extensions_Retry_Host_PreviousHosts_V3_PreviousHostsPredicate.self,
        Envoy_Extensions_Tracers_Opentelemetry_ResourceDetectors_V3_EnvironmentResourceDetectorConfig.self,
        Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext.self,
        Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext.self,
        Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions.self,
    ]

    private static let areKnown = types.allSatisfy { Google_Protobuf_Any.register(messageType: $0) }

    /// Makes them known to SwiftProtobuf, once.
    package static func register() { precondition(areKnown, "two messages have one name") }
}
