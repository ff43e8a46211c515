import AsyncHTTPClient
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import Observability
import ServiceLifecycle
import Testing

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// An endpoint on loopback, to be run.
func endpoint(
    port: Int = 0, _ routes: [String: HTTPEndpoint.Route], subtrees: [String: HTTPEndpoint.Subtree] = [:],
    metrics: any MetricsFactory = NOOPMetricsHandler.instance, limits: OpenConnections.Limits = .init(),
    _ onListening: @escaping @Sendable (Int) -> Void
) -> HTTPEndpoint {
    HTTPEndpoint(
        host: "127.0.0.1", port: port, advice: "choose another with --http", routes: routes, subtrees: subtrees,
        metrics: metrics, connectionLimits: limits, logger: quiet, onListening: onListening)
}

/// Serves while a body runs, which gets the port.
func serving(
    _ routes: [String: HTTPEndpoint.Route], subtrees: [String: HTTPEndpoint.Subtree] = [:],
    metrics: any MetricsFactory = NOOPMetricsHandler.instance, limits: OpenConnections.Limits = .init(),
    _ body: @escaping @Sendable (Int) async throws -> Void
) async throws {
    let (ports, found) = AsyncStream.makeStream(of: Int.self)
    let served = endpoint(routes, subtrees: subtrees, metrics: metrics, limits: limits) { found.yield($0) }
    let group = ServiceGroup(services: [served], logger: quiet)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        tasks.addTask {
            let port = try #require(await ports.first { _ in true })
            let result: Result<Void, any Error>
            do { result = .success(try await body(port)) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try result.get()
        }
        try await tasks.waitForAll()
    }
}

/// What a request was answered with.
struct Answer {
    let status: String
    let type: String?
    let length: String?
    let allow: String?
    let body: String

    init(_ port: Int, _ path: String, _ method: HTTPMethod = .GET) async throws {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        body = String(buffer: try await response.body.collect(upTo: 1 << 24))
        status = "\(response.status)"
        type = response.headers.first(name: "content-type")
        length = response.headers.first(name: "content-length")
        allow = response.headers.first(name: "allow")
    }
}
