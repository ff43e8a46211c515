import ControlLoop
import FoundationEssentials
import KubernetesClient
import Logging
import MeshModel
import MeshStatus
import Metrics
import Observability
import Reconcilers
import ServiceLifecycle
import Synchronization
import XDSCache

/// What the operator tells over HTTP: health and metrics to the cluster, status to its own host.
struct OperatorEndpoints {
    let services: [any ServiceLifecycle.Service]

    /// The endpoints, which do not listen yet.
    ///
    /// - Parameters:
    ///   - isServing: Whether proxies can connect.
    ///   - isAdmitting: Whether the webhooks answer, if there are to be any.
    ///   - metrics: Where the instruments of this process are.
    init(
        _ configuration: Operator.Configuration, queue: ChangeQueue, cache: SnapshotCache,
        directory: WorkloadDirectory, status: StatusBoard, election: LeaderElection,
        isServing: @escaping @Sendable () -> Bool, isAdmitting: @escaping @Sendable () -> Bool,
        metrics: PrometheusRegistry, logger: Logger
    ) {
        let checks = HealthChecks(ready: [
            .init("objects") {
                let kinds = queue.awaited.map(\.rawValue).sorted()
                guard kinds.isEmpty else { return "not listed yet: \(kinds.joined(separator: ", ")); see the log" }
                return cache.revision > 0 ? nil : "listed, not compiled yet"
            },
            .init("proxies") { isServing() ? nil : "not served yet" },
            .init("webhooks") { isAdmitting() ? nil : "not answered yet" },
        ])
        metrics.onScrape {
            Gauge(label: "osm_events_queued", factory: metrics).record(queue.count)
            Gauge(label: "osm_resource_namespace_count", factory: metrics).record(directory.meshNamespaces.count)
        }
        let operational = HTTPEndpoint.operationalRoutes(health: checks, metrics: metrics, version: .ofThisBuild)
        let health = HTTPEndpoint(
            host: configuration.health.host, port: configuration.health.port,
            advice: "free the port, or choose another with --health ADDRESS:PORT", routes: operational, logger: logger)
        let debug = configuration.http.map { address in
            HTTPEndpoint(
                host: address.host, port: address.port,
                advice: "free the port, or choose another with --http ADDRESS:PORT, or switch it off with --http none",
                // All of it at one address: what is forwarded to a pod ends at its loopback address.
                routes: operational.merging([
                    "/healthz": { .text("ok") },
                    "/status": { .init(type: "application/json", bytes: try status.report().json) },
                    "/leader": { .text(election.holder ?? "nobody") },
                ]) { $1 },
                subtrees: [
                    "/views/": { pod in
                        try cache.viewJSON(ofPod: pod).map { .init(type: "application/json", bytes: $0) }
                    }
                ], logger: logger)
        }
        services = [health] + (debug.map { [$0] } ?? [])
    }
}

extension SnapshotCache {
    /// What the proxy of a pod, `namespace/name`, should have; `nil` if there is no such proxy.
    fileprivate func viewJSON(ofPod pod: String) throws -> [UInt8]? {
        let revision = self.revision
        guard let proxy = proxies.last(where: { $0.pod.description == pod }), let resources = view(of: proxy) else {
            return nil
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(ProxyView(of: proxy, resources, revision: revision)))
    }
}

extension VersionInfo {
    /// This program; whoever builds an image says in the environment what the image is of.
    static var ofThisBuild: VersionInfo {
        let environment = ProcessInfo.processInfo.environment
        return VersionInfo(
            version: environment["OSM_VERSION"] ?? "development", gitCommit: environment["OSM_GIT_COMMIT"] ?? "unknown",
            buildDate: environment["OSM_BUILD_DATE"] ?? "unknown")
    }
}
