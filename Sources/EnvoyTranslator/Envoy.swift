internal import EnvoyAPI

/// Envoy's messages by their own names.
enum Envoy {
    // What a proxy is sent.
    typealias Cluster = Envoy_Config_Cluster_V3_Cluster
    typealias ClusterLoadAssignment = Envoy_Config_Endpoint_V3_ClusterLoadAssignment
    typealias Listener = Envoy_Config_Listener_V3_Listener
    typealias RouteConfiguration = Envoy_Config_Route_V3_RouteConfiguration
    typealias Secret = Envoy_Extensions_TransportSockets_Tls_V3_Secret

    // Clusters and endpoints.
    typealias CaresDnsResolverConfig = Envoy_Extensions_Network_DnsResolver_Cares_V3_CaresDnsResolverConfig
    typealias DnsCluster = Envoy_Extensions_Clusters_Dns_V3_DnsCluster
    typealias HealthCheck = Envoy_Config_Core_V3_HealthCheck
    typealias OutlierDetection = Envoy_Config_Cluster_V3_OutlierDetection
    typealias CircuitBreakers = Envoy_Config_Cluster_V3_CircuitBreakers
    typealias LbEndpoint = Envoy_Config_Endpoint_V3_LbEndpoint
    typealias LocalityLbEndpoints = Envoy_Config_Endpoint_V3_LocalityLbEndpoints
    typealias UpstreamHttpProtocolOptions = Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions

    // TLS.
    typealias CertificateValidationContext = Envoy_Extensions_TransportSockets_Tls_V3_CertificateValidationContext
    typealias CommonTlsContext = Envoy_Extensions_TransportSockets_Tls_V3_CommonTlsContext
    typealias DownstreamTlsContext = Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext
    typealias SdsSecretConfig = Envoy_Extensions_TransportSockets_Tls_V3_SdsSecretConfig
    typealias SubjectAltNameMatcher = Envoy_Extensions_TransportSockets_Tls_V3_SubjectAltNameMatcher
    typealias TlsParameters = Envoy_Extensions_TransportSockets_Tls_V3_TlsParameters
    typealias UpstreamTlsContext = Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext

    // Listeners and their filters.
    typealias AccessLog = Envoy_Config_Accesslog_V3_AccessLog
    typealias AccessLogFilter = Envoy_Config_Accesslog_V3_AccessLogFilter
    typealias AdditionalAddress = Envoy_Config_Listener_V3_AdditionalAddress
    typealias Filter = Envoy_Config_Listener_V3_Filter
    typealias FilterChain = Envoy_Config_Listener_V3_FilterChain
    typealias HttpConnectionManager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
    typealias HealthCheckFilter = Envoy_Extensions_Filters_Http_HealthCheck_V3_HealthCheck
    typealias HttpFilter = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter
    typealias HttpRBAC = Envoy_Extensions_Filters_Http_Rbac_V3_RBAC
    typealias HttpRBACPerRoute = Envoy_Extensions_Filters_Http_Rbac_V3_RBACPerRoute
    typealias NetworkRBAC = Envoy_Extensions_Filters_Network_Rbac_V3_RBAC
    typealias ListenerFilter = Envoy_Config_Listener_V3_ListenerFilter
    typealias HttpInspector = Envoy_Extensions_Filters_Listener_HttpInspector_V3_HttpInspector
    typealias DestinationIPInput = Envoy_Extensions_Matching_CommonInputs_Network_V3_DestinationIPInput
    typealias FilterChainMatcher = Xds_Type_Matcher_V3_Matcher
    typealias FilterStateValue = Envoy_Extensions_Filters_Common_SetFilterState_V3_FilterStateValue
    typealias IPMatcher = Xds_Type_Matcher_V3_IPMatcher
    typealias MatcherExtension = Xds_Core_V3_TypedExtensionConfig
    typealias OriginalDst = Envoy_Extensions_Filters_Listener_OriginalDst_V3_OriginalDst
    typealias ResponseMapper = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_ResponseMapper
    typealias Router = Envoy_Extensions_Filters_Http_Router_V3_Router
    typealias SetFilterState = Envoy_Extensions_Filters_Network_SetFilterState_V3_Config
    typealias StdoutAccessLog = Envoy_Extensions_AccessLoggers_Stream_V3_StdoutAccessLog
    typealias TcpProxy = Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy
    typealias TlsInspector = Envoy_Extensions_Filters_Listener_TlsInspector_V3_TlsInspector

    // Rate limits.
    typealias ConnectionRateLimit = Envoy_Extensions_Filters_Network_LocalRatelimit_V3_LocalRateLimit
    typealias GlobalConnectionRateLimit = Envoy_Extensions_Filters_Network_Ratelimit_V3_RateLimit
    typealias GlobalRateLimit = Envoy_Extensions_Filters_Http_Ratelimit_V3_RateLimit
    typealias GlobalRateLimitPerRoute = Envoy_Extensions_Filters_Http_Ratelimit_V3_RateLimitPerRoute
    typealias HttpStatus = Envoy_Type_V3_HttpStatus
    typealias LocalRateLimit = Envoy_Extensions_Filters_Http_LocalRatelimit_V3_LocalRateLimit
    typealias RateLimit = Envoy_Config_Route_V3_RateLimit
    typealias RateLimitDescriptor = Envoy_Extensions_Common_Ratelimit_V3_RateLimitDescriptor
    typealias RateLimitServiceConfig = Envoy_Config_Ratelimit_V3_RateLimitServiceConfig
    typealias RuntimeFractionalPercent = Envoy_Config_Core_V3_RuntimeFractionalPercent
    typealias StatusCode = Envoy_Type_V3_StatusCode
    typealias TokenBucket = Envoy_Type_V3_TokenBucket

    // What is told of requests.
    typealias AnyValue = Opentelemetry_Proto_Common_V1_AnyValue
    typealias EnvironmentResourceDetectorConfig =
        Envoy_Extensions_Tracers_Opentelemetry_ResourceDetectors_V3_EnvironmentResourceDetectorConfig
    typealias KeyValueList = Opentelemetry_Proto_Common_V1_KeyValueList
    typealias OpenTelemetryAccessLog =
        Envoy_Extensions_AccessLoggers_OpenTelemetry_V3_OpenTelemetryAccessLogConfig
    typealias OpenTelemetryConfig = Envoy_Config_Trace_V3_OpenTelemetryConfig
    typealias ReqWithoutQuery = Envoy_Extensions_Formatter_ReqWithoutQuery_V3_ReqWithoutQuery
    typealias StatsAccessLog = Envoy_Extensions_AccessLoggers_Stats_V3_Config
    typealias TracingProvider = Envoy_Config_Trace_V3_Tracing.Http
    typealias ZipkinConfig = Envoy_Config_Trace_V3_ZipkinConfig

    // Routes and authorization.
    typealias ConnectionHashPolicy = Envoy_Type_V3_HashPolicy
    typealias HashPolicy = Envoy_Config_Route_V3_RouteAction.HashPolicy
    typealias ExtAuthz = Envoy_Extensions_Filters_Http_ExtAuthz_V3_ExtAuthz
    typealias HeaderMatcher = Envoy_Config_Route_V3_HeaderMatcher
    typealias Permission = Envoy_Config_Rbac_V3_Permission
    typealias Policy = Envoy_Config_Rbac_V3_Policy
    typealias PreviousHostsPredicate = Envoy_Extensions_Retry_Host_PreviousHosts_V3_PreviousHostsPredicate
    typealias Principal = Envoy_Config_Rbac_V3_Principal
    typealias RBAC = Envoy_Config_Rbac_V3_RBAC
    typealias RetryPolicy = Envoy_Config_Route_V3_RetryPolicy
    typealias Route = Envoy_Config_Route_V3_Route
    typealias RouteMatch = Envoy_Config_Route_V3_RouteMatch
    typealias StringMatcher = Envoy_Type_Matcher_V3_StringMatcher
    typealias VirtualHost = Envoy_Config_Route_V3_VirtualHost
    typealias WeightedCluster = Envoy_Config_Route_V3_WeightedCluster

    // Parts of many.
    typealias Address = Envoy_Config_Core_V3_Address
    typealias CidrRange = Envoy_Config_Core_V3_CidrRange
    typealias ConfigSource = Envoy_Config_Core_V3_ConfigSource
    typealias ExtensionConfigSource = Envoy_Config_Core_V3_ExtensionConfigSource
    typealias GrpcService = Envoy_Config_Core_V3_GrpcService
    typealias Metadata = Envoy_Config_Core_V3_Metadata
    typealias HeaderValueOption = Envoy_Config_Core_V3_HeaderValueOption
    typealias SubstitutionFormatString = Envoy_Config_Core_V3_SubstitutionFormatString
    typealias TypedExtensionConfig = Envoy_Config_Core_V3_TypedExtensionConfig
    typealias TransportSocket = Envoy_Config_Core_V3_TransportSocket
}
