import AsyncHTTPClient
import Logging
import NIOCore
import Observability
import ServiceLifecycle
import Testing

@Suite("The HTTP endpoint")
struct HTTPEndpointTests {
    private struct Refused: Error {}

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func endpoint(
        port: Int = 0, _ routes: [String: HTTPEndpoint.Route], _ onListening: @escaping @Sendable (Int) -> Void
    ) -> HTTPEndpoint {
        HTTPEndpoint(
            host: "127.0.0.1", port: port, advice: "choose another with --http", routes: routes, logger: Self.quiet,
            onListening: onListening)
    }

    /// Serves while a body runs, which gets the port.
    private func serving(
        _ routes: [String: HTTPEndpoint.Route], _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let group = ServiceGroup(services: [endpoint(routes) { found.yield($0) }], logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                try await body(try #require(await ports.first { _ in true }))
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    private static func get(_ port: Int, _ path: String) async throws -> (status: String, type: String?, body: String) {
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)"), timeout: .seconds(30))
        let body = String(buffer: try await response.body.collect(upTo: 1 << 20))
        return ("\(response.status)", response.headers.first { $0.name.lowercased() == "content-type" }?.value, body)
    }

    @Test("answers each path by its closure, others not at all, and ends when told")
    func answers() async throws {
        let routes: [String: HTTPEndpoint.Route] = [
            "/healthz": { .text("ok") },
            "/status": { .init(type: "application/json", bytes: Array("{}".utf8)) },
            "/broken": { throw Refused() },
        ]
        try await serving(routes) { port in
            let health = try await Self.get(port, "/healthz")
            #expect(health.status == "200 OK")
            #expect(health.type == "text/plain; charset=utf-8")
            #expect(health.body == "ok")
            let status = try await Self.get(port, "/status")
            #expect(status.type == "application/json")
            #expect(status.body == "{}")
            #expect(try await Self.get(port, "/other").status == "404 Not Found")
            #expect(try await Self.get(port, "/broken").status == "500 Internal Server Error")
        }
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
