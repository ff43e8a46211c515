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
    typealias HttpFilter = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter
    typealias HttpRBAC = Envoy_Extensions_Filters_Http_Rbac_V3_RBAC
    typealias HttpRBACPerRoute = Envoy_Extensions_Filters_Http_Rbac_V3_RBACPerRoute
    typealias NetworkRBAC = Envoy_Extensions_Filters_Network_Rbac_V3_RBAC
    typealias ListenerFilter = Envoy_Config_Listener_V3_ListenerFilter
    typealias OriginalDst = Envoy_Extensions_Filters_Listener_OriginalDst_V3_OriginalDst
    typealias ResponseMapper = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_ResponseMapper
    typealias Router = Envoy_Extensions_Filters_Http_Router_V3_Router
    typealias StdoutAccessLog = Envoy_Extensions_AccessLoggers_Stream_V3_StdoutAccessLog
    typealias TcpProxy = Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy
    typealias TlsInspector = Envoy_Extensions_Filters_Listener_TlsInspector_V3_TlsInspector

    // Routes and authorization.
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
    typealias ConfigSource = Envoy_Config_Core_V3_ConfigSource
    typealias HeaderValueOption = Envoy_Config_Core_V3_HeaderValueOption
    typealias TypedExtensionConfig = Envoy_Config_Core_V3_TypedExtensionConfig
    typealias TransportSocket = Envoy_Config_Core_V3_TransportSocket
}
