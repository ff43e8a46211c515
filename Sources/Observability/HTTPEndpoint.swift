internal import Hummingbird
public import Logging
public import Metrics
internal import NIOCore
public import ServiceLifecycle

/// A small HTTP server for people and programs on this host: what a process says about itself.
///
/// `GET` and `HEAD` are answered, each path by the closure that it was given. There is neither TLS nor authentication,
/// so the address should be a local one and the answers hold no secrets. Clients that are slow, silent or many do not
/// keep it from answering others.
public struct HTTPEndpoint: ServiceLifecycle.Service {
    /// An answer.
    public struct Content: Sendable {
        /// The status code, from 200 to 599.
        public let status: Int
        /// The media type, such as `application/json`.
        public let type: String
        /// The body.
        public let bytes: [UInt8]

        /// An answer of bytes.
        public init(status: Int = 200, type: String, bytes: [UInt8]) {
            self.status = status
            self.type = type
            self.bytes = bytes
        }

        /// An answer in plain text.
        public static func text(_ text: String, status: Int = 200) -> Content {
            Content(status: status, type: "text/plain; charset=utf-8", bytes: Array(text.utf8))
        }
    }

    /// What answers a path; an error is answered with the status 500 and logged.
    public typealias Route = @Sendable () async throws -> Content

    /// What answers the paths below one, by what follows it; `nil` if there is nothing of that name.
    public typealias Subtree = @Sendable (_ rest: String) async throws -> Content?

    private typealias Answer = @Sendable () async throws -> Content?

    private let host: String
    private let port: Int
    private let advice: String
    private let routes: [String: Route]
    private let subtrees: [String: Subtree]
    private let connectionLimits: OpenConnections.Limits
    private let figures: HTTPFigures
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// An endpoint that does not listen yet.
    ///
    /// - Parameters:
    ///   - host: The address to bind, IPv4 or IPv6.
    ///   - port: The port to bind; 0 for any free one.
    ///   - advice: What to do where the address cannot be bound.
    ///   - routes: What answers which path, such as `/healthz`.
    ///   - subtrees: What answers the paths that begin with one that ends in a slash, such as `/views/`.
    ///   - metrics: Where `osm_http_response_total` and `osm_http_response_duration` are recorded.
    ///   - onListening: Called once with the port, when requests are answered.
    public init(
        host: String, port: Int, advice: String, routes: [String: Route], subtrees: [String: Subtree] = [:],
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.init(
            host: host, port: port, advice: advice, routes: routes, subtrees: subtrees, metrics: metrics,
            connectionLimits: .init(), logger: logger, onListening: onListening)
    }

    package init(
        host: String, port: Int, advice: String, routes: [String: Route], subtrees: [String: Subtree] = [:],
        metrics: any MetricsFactory, connectionLimits: OpenConnections.Limits, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.host = host
        self.port = port
        self.advice = advice
        self.routes = routes
        self.subtrees = subtrees
        self.connectionLimits = connectionLimits
        self.figures = HTTPFigures(metrics)
        self.logger = logger
        self.onListening = onListening
    }

    /// Answers until the process shuts down.
    ///
    /// - Throws: ``ObservabilityError`` if the address cannot be bound.
    public func run() async throws {
        // Its own lines about its own starts and stops are of no interest.
        var quiet = logger
        quiet.logLevel = .critical
        let connections = OpenConnections(connectionLimits)
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in await response(to: request) },
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ConnectionProgress(connections)],
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100))),
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                logger.info("answering", metadata: ["host": "\(host)", "port": "\(port)"])
                onListening(port)
            }, logger: quiet)
        do {
            // A cancelled server waits for its clients, which have no reason to go.
            try await withTaskCancellationHandler {
                try await application.run()
            } onCancel: {
                connections.end()
            }
        } catch {
            throw ObservabilityError(
                code: .listening, message: "status and health cannot be served at \(host):\(port): \(advice)",
                cause: error)
        }
    }

    private func response(to request: Request) async -> Response {
        let start = ContinuousClock.now
        let (path, found) = route(of: request.uri.path)
        guard let route = found else {
            // Paths that anybody may think of are not told apart.
            figures.record(method: "", path: "", status: 404, start.duration(to: .now))
            return Response(status: .notFound)
        }
        guard request.method == .get || request.method == .head else {
            figures.record(method: "", path: path, status: 405, start.duration(to: .now))
            return Response(status: .methodNotAllowed, headers: [.allow: "GET, HEAD"])
        }
        let response = await response(of: path, route)
        figures.record(
            method: request.method.rawValue, path: path, status: response.status.code, start.duration(to: .now))
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// What answers a path, and what metrics call it.
    private func route(of path: String) -> (path: String, answer: Answer?) {
        if let route = routes[path] { return (path, route) }
        guard let (prefix, subtree) = subtrees.first(where: { path.hasPrefix($0.key) && path != $0.key }) else {
            return (path, nil)
        }
        let rest = String(path.dropFirst(prefix.count))
        return (prefix, { try await subtree(rest) })
    }

    private func response(of path: String, _ route: Answer) async -> Response {
        do {
            guard let content = try await route() else { return Response(status: .notFound) }
            return Response(
                status: .init(code: content.status), headers: [.contentType: content.type],
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
