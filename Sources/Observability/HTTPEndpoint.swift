internal import Hummingbird
public import Logging
internal import NIOCore
public import ServiceLifecycle

/// A small HTTP server for people and programs on this host: what a process says about itself.
///
/// Only `GET` is answered, each path by the closure that it was given. There is neither TLS nor authentication, so the
/// address should be a local one and the answers hold no secrets.
public struct HTTPEndpoint: ServiceLifecycle.Service {
    /// An answer.
    public struct Content: Sendable {
        /// The media type, such as `application/json`.
        public let type: String
        /// The body.
        public let bytes: [UInt8]

        /// An answer of bytes.
        public init(type: String, bytes: [UInt8]) {
            self.type = type
            self.bytes = bytes
        }

        /// An answer in plain text.
        public static func text(_ text: String) -> Content {
            Content(type: "text/plain; charset=utf-8", bytes: Array(text.utf8))
        }
    }

    /// What answers a path; an error is answered with the status 500 and logged.
    public typealias Route = @Sendable () async throws -> Content

    private let host: String
    private let port: Int
    private let advice: String
    private let routes: [String: Route]
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// An endpoint that does not listen yet.
    ///
    /// - Parameters:
    ///   - host: The address to bind, IPv4 or IPv6.
    ///   - port: The port to bind; 0 for any free one.
    ///   - advice: What to do where the address cannot be bound.
    ///   - routes: What answers which path, such as `/healthz`.
    ///   - onListening: Called once with the port, when requests are answered.
    public init(
        host: String, port: Int, advice: String, routes: [String: Route], logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.advice = advice
        self.routes = routes
        self.logger = logger
        self.onListening = onListening
    }

    /// Answers until the process shuts down.
    ///
    /// - Throws: ``ObservabilityError`` if the address cannot be bound.
    public func run() async throws {
        let router = Router()
        for (path, route) in routes {
            router.get(RouterPath(path)) { _, _ in await response(of: path, route) }
        }
        // Its own lines about its own starts and stops are of no interest.
        var quiet = logger
        quiet.logLevel = .critical
        let application = Application(
            responder: router.buildResponder(),
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                logger.info("answering", metadata: ["host": "\(host)", "port": "\(port)"])
                onListening(port)
            }, logger: quiet)
        do {
            try await application.run()
        } catch {
            throw ObservabilityError(
                code: .listening, message: "status and health cannot be served at \(host):\(port): \(advice)",
                cause: error)
        }
    }

    private func response(of path: String, _ route: Route) async -> Response {
        do {
            let content = try await route()
            return Response(
                status: .ok, headers: [.contentType: content.type],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: content.bytes)))
        } catch {
            logger.error("a request cannot be answered", metadata: ["http.path": "\(path)", "error": "\(error)"])
            return Response(status: .internalServerError)
        }
    }
}

extension HTTPEndpoint: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "HTTP endpoint at \(host):\(port)" }
}
