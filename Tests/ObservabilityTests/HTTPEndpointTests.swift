import NIOHTTP1
import Observability
import Testing

@Suite("The HTTP endpoint", .timeLimit(.minutes(10)))
struct HTTPEndpointTests {
    private struct Refused: Error {}

    private static let routes: [String: HTTPEndpoint.Route] = [
        "/healthz": { .text("ok") },
        "/status": { .init(type: "application/json", bytes: Array("{}".utf8)) },
        "/busy": { .text("not yet\n", status: 503) },
        "/broken": { throw Refused() },
    ]

    @Test("answers each path by its closure, others not at all, and ends when told")
    func answers() async throws {
        try await serving(Self.routes) { port in
            let health = try await Answer(port, "/healthz")
            #expect(health.status == "200 OK")
            #expect(health.type == "text/plain; charset=utf-8")
            #expect(health.body == "ok")
            #expect(try await Answer(port, "/healthz?verbose").body == "ok")
            let status = try await Answer(port, "/status")
            #expect(status.type == "application/json")
            #expect(status.body == "{}")
            let busy = try await Answer(port, "/busy")
            #expect(busy.status == "503 Service Unavailable")
            #expect(busy.body == "not yet\n")
            for other in ["/other", "/", "/healthz/", "/Healthz", "//healthz"] {
                #expect(try await Answer(port, other).status == "404 Not Found")
            }
            #expect(try await Answer(port, "/broken").status == "500 Internal Server Error")
        }
    }

    @Test("answers the paths below one by what follows it, and counts them as one")
    func subtrees() async throws {
        let registry = PrometheusRegistry(MetricCatalogue.descriptions)
        let subtrees: [String: HTTPEndpoint.Subtree] = [
            "/views/": { $0 == "shop/none" ? nil : .text("view of \($0)") }
        ]
        try await serving(Self.routes, subtrees: subtrees, metrics: registry) { port in
            let (view, health) = (try await Answer(port, "/views/shop/web"), try await Answer(port, "/healthz"))
            #expect(view.body == "view of shop/web")
            #expect(health.body == "ok")
            for other in ["/views/shop/none", "/views", "/views/"] {
                let answer = try await Answer(port, other)
                #expect(answer.status == "404 Not Found")
            }
        }
        let text = registry.exposition()
        #expect(text.contains("path=\"/views/\""))
        #expect(!text.contains("shop"))
    }

    @Test("answers HEAD as GET, but for the body, and no other method")
    func methods() async throws {
        try await serving(Self.routes) { port in
            for path in ["/healthz", "/busy", "/broken", "/other"] {
                let (get, head) = (try await Answer(port, path), try await Answer(port, path, .HEAD))
                #expect(head.status == get.status)
                #expect(head.type == get.type)
                #expect(head.length == get.length)
                #expect(head.body == "")
            }
            #expect(try await Answer(port, "/healthz", .HEAD).length == "2")
            for method in [HTTPMethod.POST, .PUT, .DELETE, .OPTIONS, .TRACE, .PROPFIND] {
                let answer = try await Answer(port, "/healthz", method)
                #expect(answer.status == "405 Method Not Allowed")
                #expect(answer.allow == "GET, HEAD")
            }
        }
    }

    @Test("counts and times its answers, but not by what anybody may make up")
    func figures() async throws {
        let registry = PrometheusRegistry(MetricCatalogue.descriptions)
        try await serving(Self.routes, metrics: registry) { port in
            for path in ["/healthz", "/healthz", "/busy", "/broken", "/other", "/another"] {
                _ = try await Answer(port, path)
            }
            _ = try await Answer(port, "/healthz", .HEAD)
            _ = try await Answer(port, "/healthz", .PROPFIND)
        }
        let exposition = try Exposition(registry.exposition())
        let expected: [[String: String]: Double] = [
            ["code": "200", "method": "GET", "path": "/healthz"]: 2,
            ["code": "200", "method": "HEAD", "path": "/healthz"]: 1,
            ["code": "405", "method": "", "path": "/healthz"]: 1,
            ["code": "503", "method": "GET", "path": "/busy"]: 1,
            ["code": "500", "method": "GET", "path": "/broken"]: 1,
            ["code": "404", "method": "", "path": ""]: 2,
        ]
        let counts = try #require(exposition["osm_http_response_total"]).samples
        #expect(Dictionary(uniqueKeysWithValues: counts.map { ($0.labels, $0.value) }) == expected)
        for (labels, count) in expected {
            #expect(exposition.value("osm_http_response_duration_count", labels) == count)
        }
        #expect(registry.irregularities == [])
    }

    @Test("says what to do where its port is taken")
    func taken() async throws {
        try await serving([:]) { port in
            let second = endpoint(port: port, [:]) { _ in }
            let error = await #expect(throws: ObservabilityError.self) { try await second.run() }
            #expect(error?.code == .listening)
            #expect(
                error?.message
                    == "status and health cannot be served at 127.0.0.1:\(port): choose another with --http")
        }
    }
}
