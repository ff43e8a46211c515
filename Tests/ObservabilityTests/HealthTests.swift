import Foundation
import NIOHTTP1
import Observability
import Synchronization
import Testing

@Suite("Health and version over HTTP", .timeLimit(.minutes(10)))
struct HealthTests {
    /// What a process lacks.
    private final class Lacking: Sendable {
        let alive = Mutex<String?>(nil)
        let watches = Mutex<String?>("the first list of pods")
        let server = Mutex<String?>("the xDS server does not listen yet")
    }

    private let lacking = Lacking()
    private let registry = PrometheusRegistry(MetricCatalogue.descriptions)

    private func routes() -> [String: HTTPEndpoint.Route] {
        let health = HealthChecks(
            alive: [.init("loop") { [lacking] in lacking.alive.withLock { $0 } }],
            ready: [
                .init("watches") { [lacking] in lacking.watches.withLock { $0 } },
                .init("server") { [lacking] in lacking.server.withLock { $0 } },
            ])
        return HTTPEndpoint.operationalRoutes(
            health: health, metrics: registry,
            version: VersionInfo(version: "v1.3.0", gitCommit: "3d6c20b", buildDate: "2026-11-28T04:00:00Z"))
    }

    @Test("Ready is who lacks nothing, and who does says what, a line each")
    func readiness() async throws {
        try await serving(routes()) { [lacking] port in
            for path in ["/readyz", "/health/ready"] {
                let answer = try await Answer(port, path)
                #expect(answer.status == "503 Service Unavailable")
                #expect(
                    answer.body
                        == "watches: the first list of pods\nserver: the xDS server does not listen yet\n")
            }
            lacking.watches.withLock { $0 = nil }
            #expect(try await Answer(port, "/readyz").body == "server: the xDS server does not listen yet\n")
            lacking.server.withLock { $0 = nil }
            let ready = try await Answer(port, "/readyz")
            #expect(ready.status == "200 OK")
            #expect(ready.body == "ok")
            #expect(try await Answer(port, "/health/ready").body == "Service is ready")
            #expect(try await Answer(port, "/health/ready", .HEAD).status == "200 OK")
            lacking.server.withLock { $0 = "stopping" }
            #expect(try await Answer(port, "/readyz", .HEAD).status == "503 Service Unavailable")
        }
    }

    @Test("Alive is also who is not ready; who is not alive is not ready either")
    func liveness() async throws {
        try await serving(routes()) { [lacking] port in
            #expect(try await Answer(port, "/healthz").body == "ok")
            #expect(try await Answer(port, "/health/alive").body == "Service is alive")
            lacking.alive.withLock { $0 = "stuck" }
            lacking.watches.withLock { $0 = nil }
            lacking.server.withLock { $0 = nil }
            for path in ["/healthz", "/health/alive", "/readyz", "/health/ready"] {
                let answer = try await Answer(port, path)
                #expect(answer.status == "503 Service Unavailable")
                #expect(answer.body == "loop: stuck\n")
            }
        }
    }

    @Test("The version is told, to people, to the original's command and to Prometheus")
    func version() async throws {
        try await serving(routes()) { port in
            let version = try await Answer(port, "/version")
            #expect(version.type == "application/json")
            #expect(
                version.body
                    == #"{"build_date":"2026-11-28T04:00:00Z","git_commit":"3d6c20b","version":"v1.3.0"}"#)
            let smi = try await Answer(port, "/smi/version")
            #expect(smi.type == "application/json")
            #expect(
                try JSONDecoder().decode([String: String].self, from: Data(smi.body.utf8)) == [
                    "HTTPRouteGroup": "specs.smi-spec.io/v1alpha4", "TCPRoute": "specs.smi-spec.io/v1alpha4",
                    "TrafficTarget": "access.smi-spec.io/v1alpha3", "TrafficSplit": "split.smi-spec.io/v1alpha2",
                ])
        }
    }

    @Test("The metrics are told in the text format")
    func metrics() async throws {
        try await serving(routes(), metrics: registry) { port in
            let answer = try await Answer(port, "/metrics")
            #expect(answer.status == "200 OK")
            #expect(answer.type == "text/plain; version=0.0.4; charset=utf-8")
            let exposition = try Exposition(answer.body)
            let labels = ["build_date": "2026-11-28T04:00:00Z", "git_commit": "3d6c20b", "version": "v1.3.0"]
            #expect(exposition.value("osm_version_info", labels) == 1)
            #expect(exposition["process_resident_memory_bytes"] != nil)
            // The answer before counts in the next.
            let next = try Exposition(try await Answer(port, "/metrics").body)
            let own = ["code": "200", "method": "GET", "path": "/metrics"]
            #expect(next.value("osm_http_response_total", own) == 1)
        }
        #expect(registry.irregularities == [])
    }
}
