internal import FoundationEssentials

extension HTTPEndpoint {
    /// The versions of the SMI kinds that are served, at `/smi/version` as in the original.
    private static let smiVersions = [
        "HTTPRouteGroup": "specs.smi-spec.io/v1alpha4", "TCPRoute": "specs.smi-spec.io/v1alpha4",
        "TrafficSplit": "split.smi-spec.io/v1alpha2", "TrafficTarget": "access.smi-spec.io/v1alpha3",
    ]

    /// The routes by which probes, Prometheus and people look after a process.
    ///
    /// `/healthz` and `/readyz`; `/health/alive` and `/health/ready`, as in the original; `/metrics`; `/version`,
    /// `/smi/version`. It also exposes the version as `osm_version_info`.
    public static func operationalRoutes(
        health: HealthChecks, metrics: PrometheusRegistry, version: VersionInfo
    ) -> [String: Route] {
        version.record(in: metrics)
        return [
            "/healthz": { health.liveness() },
            "/readyz": { health.readiness() },
            "/health/alive": { health.liveness(success: "Service is alive") },
            "/health/ready": { health.readiness(success: "Service is ready") },
            "/metrics": {
                Content(type: ExpositionText.mediaType, bytes: Array(metrics.exposition().utf8))
            },
            "/version": { try json(version) },
            "/smi/version": { try json(smiVersions) },
        ]
    }

    private static func json(_ value: some Encodable) throws -> Content {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Content(type: "application/json", bytes: Array(try encoder.encode(value)))
    }
}
