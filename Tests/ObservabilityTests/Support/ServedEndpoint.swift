import AsyncHTTPClient
import Glibc
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
    port: Int = 0, _ routes: [String: HTTPEndpoint.Route], metrics: any MetricsFactory = NOOPMetricsHandler.instance,
    limits: OpenConnections.Limits = .init(), _ onListening: @escaping @Sendable (Int) -> Void
) -> HTTPEndpoint {
    HTTPEndpoint(
        host: "127.0.0.1", port: port, advice: "choose another with --http", routes: routes, metrics: metrics,
        connectionLimits: limits, logger: quiet, onListening: onListening)
}

/// Serves while a body runs, which gets the port.
func serving(
    _ routes: [String: HTTPEndpoint.Route], metrics: any MetricsFactory = NOOPMetricsHandler.instance,
    limits: OpenConnections.Limits = .init(), _ body: @escaping @Sendable (Int) async throws -> Void
) async throws {
    let (ports, found) = AsyncStream.makeStream(of: Int.self)
    let served = endpoint(routes, metrics: metrics, limits: limits) { found.yield($0) }
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

/// A connection by hand, to send what no client sends.
final class RawConnection: Sendable {
    private let socket: Int32

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { close(socket) }

    /// Sends, as far as the other side is still there.
    func send(_ text: String) { _ = Glibc.send(socket, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }

    /// Takes what has come; `nil` once the other side has closed, else how many bytes.
    func take() -> Int? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 { return count }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : nil
    }

    /// Takes all until the other side closes; how many bytes.
    func takeAll() async throws -> Int {
        var total = 0
        while let count = take() {
            total += count
            if count == 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
        return total
    }
}
