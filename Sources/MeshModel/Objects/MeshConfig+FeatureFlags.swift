extension MeshConfig {
    /// Parts of the mesh that can be switched.
    public struct FeatureFlags: Hashable, Sendable {
        /// Whether proxies report the mesh's own request statistics.
        public var enableWASMStats: Bool = false
        /// Read for compatibility: Egress policies always hold.
        public var enableEgressPolicy: Bool = false
        /// Read for compatibility: without a meaning.
        public var enableMulticlusterMode: Bool = false
        /// Read for compatibility: without a meaning.
        public var enableSnapshotCacheMode: Bool = false
        /// Read for compatibility: without a meaning.
        public var enableAsyncProxyServiceMapping: Bool = false
        /// Read for compatibility: IngressBackends always hold.
        public var enableIngressBackendPolicy: Bool = false
        /// Whether proxies probe the endpoints that they use.
        public var enableEnvoyActiveHealthChecks: Bool = false
        /// Whether Retry policies hold.
        public var enableRetryPolicy: Bool = false
        /// Whether MeshRootCertificates configure the certificate authority.
        public var enableMeshRootCertificate: Bool = false

        /// Zero values.
        public init() {}
    }
}

extension MeshConfig.FeatureFlags: Decodable {
    private enum Key: String, CodingKey {
        case enableWASMStats, enableEgressPolicy, enableMulticlusterMode, enableSnapshotCacheMode
        case enableAsyncProxyServiceMapping, enableIngressBackendPolicy, enableEnvoyActiveHealthChecks
        case enableRetryPolicy, enableMeshRootCertificate
    }

    /// Reads the fields; a missing one has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        enableWASMStats = try fields.value(.enableWASMStats, or: false)
        enableEgressPolicy = try fields.value(.enableEgressPolicy, or: false)
        enableMulticlusterMode = try fields.value(.enableMulticlusterMode, or: false)
        enableSnapshotCacheMode = try fields.value(.enableSnapshotCacheMode, or: false)
        enableAsyncProxyServiceMapping = try fields.value(.enableAsyncProxyServiceMapping, or: false)
        enableIngressBackendPolicy = try fields.value(.enableIngressBackendPolicy, or: false)
        enableEnvoyActiveHealthChecks = try fields.value(.enableEnvoyActiveHealthChecks, or: false)
        enableRetryPolicy = try fields.value(.enableRetryPolicy, or: false)
        enableMeshRootCertificate = try fields.value(.enableMeshRootCertificate, or: false)
    }
}
