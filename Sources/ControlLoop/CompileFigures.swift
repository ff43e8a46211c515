internal import MeshModel
internal import Metrics

/// What the control loop counts, for whoever operates it.
struct CompileFigures {
    private let batches = Counter(label: "osm_compile_batches_total")
    private let evaluations = Counter(label: "osm_compile_evaluations_total")
    private let resources = Counter(label: "osm_compile_resources_total")
    private let duration = Metrics.Timer(label: "osm_compile_duration_seconds")

    /// A batch was published.
    func published(evaluations: Int, resources: Int, since start: ContinuousClock.Instant) {
        batches.increment()
        self.evaluations.increment(by: evaluations)
        self.resources.increment(by: resources)
        duration.record(duration: start.duration(to: .now))
    }

    /// A configuration of the mesh takes effect.
    func configured(_ flags: MeshConfig.FeatureFlags) {
        for (name, isEnabled) in [
            ("enableWASMStats", flags.enableWASMStats), ("enableEgressPolicy", flags.enableEgressPolicy),
            ("enableMulticlusterMode", flags.enableMulticlusterMode),
            ("enableSnapshotCacheMode", flags.enableSnapshotCacheMode),
            ("enableAsyncProxyServiceMapping", flags.enableAsyncProxyServiceMapping),
            ("enableIngressBackendPolicy", flags.enableIngressBackendPolicy),
            ("enableEnvoyActiveHealthChecks", flags.enableEnvoyActiveHealthChecks),
            ("enableRetryPolicy", flags.enableRetryPolicy),
            ("enableMeshRootCertificate", flags.enableMeshRootCertificate),
        ] {
            Gauge(label: "osm_feature_flag_enabled", dimensions: [("feature_flag", name)]).record(isEnabled ? 1 : 0)
        }
    }
}
