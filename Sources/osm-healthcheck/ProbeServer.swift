import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Observability
import ServiceLifecycle
import UnixSignals

/// Answers the kubelet, which comes to the pod's address past Envoy, as anybody in the cluster can.
///
/// A request ends when its client goes. Clients that are slow, silent or many do not keep it from answering others.
struct ProbeServer {
    /// How many clients there are, and how slow they may be.
    struct Limits {
        /// How many connections, and how slow.
        var connections = OpenConnections.Limits()
        /// The most requests of one address at a time.
        var share = 64

        init() {
            connections.count = 512
            connections.greeting = .seconds(10)
            // Pods may take this long to end; all other answers have limits of their own.
            connections.request = .seconds(24 * 3600)
            connections.silence = .seconds(10)
        }
    }

    let port: Int
    let proxy: ProxyAdmin
    let endsWithWorkload: Bool
    private let end: ApplicationEnd
    private let shares: ClientShares
    private let connections: OpenConnections
    private let onListening: @Sendable (Int) -> Void

    /// A server that does not listen yet.
    ///
    /// - Parameter onListening: Called once with the port, when requests are answered.
    init(
        port: Int, proxy: ProxyAdmin, endsWithWorkload: Bool, limits: Limits = Limits(),
        end: ApplicationEnd = ApplicationEnd(), onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.port = port
        self.proxy = proxy
        self.endsWithWorkload = endsWithWorkload
        self.end = end
        self.onListening = onListening
        shares = ClientShares(limit: limits.share)
        connections = OpenConnections(limits.connections)
    }

    /// How many requests are being answered at this moment.
    var pending: Int { shares.total }

    private var router: Router<ProbeContext> {
        let router = Router(context: ProbeContext.self)
        router.get("/osm-healthcheck") { request, context in
            guard let question = ProbeQuestion(request.headers) else {
                return Self.text(
                    .badRequest, "the header Original-Tcp-Port or Original-Grpc-Port must hold a port")
            }
            return try await answer(request, context) {
                do {
                    try await question.ask()
                    return Self.text(.ok, "ok")
                } catch {
                    return Self.text(.notFound, "\(error)")
                }
            }
        }
        router.get("/osm-application-end") { request, context in
            try await answer(request, context) {
                try await end.wait()
                return Self.text(.ok, "ended")
            }
        }
        return router
    }

    /// Answers a request as long as its client waits and has no more than its share.
    private func answer(
        _ request: Request, _ context: ProbeContext, _ body: @Sendable () async throws -> Response
    ) async throws -> Response {
        guard shares.begin(context.address) else {
            return Self.text(.serviceUnavailable, "too many requests of \(context.address) at a time")
        }
        defer { shares.end(context.address) }
        return try await request.body.consumeWithCancellationOnInboundClose { _ in try await body() }
    }

    /// Serves until the process is told to stop, or the pod's applications have ended.
    ///
    /// - Throws: If it cannot listen.
    func run() async throws {
        var logger = Logger(label: "osm-healthcheck")
        logger.logLevel = .warning
        let application = Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ConnectionProgress(connections), SingleExchange()],
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100))),
            configuration: .init(address: .hostname(Self.wildcard, port: port), serverName: nil),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? port) }, logger: logger)
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [.init(service: application)]
        if endsWithWorkload {
            let end = WorkloadEndWatch(proxy: proxy)
            services.append(.init(service: end, successTerminationBehavior: .gracefullyShutdownGroup))
        }
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        // A cancelled server waits for its clients, which have no reason to go.
        try await withTaskCancellationHandler {
            try await group.run()
        } onCancel: {
            connections.end()
        }
    }

    /// The wildcard address of both families, where there are both.
    private static var wildcard: String { IPv6Support.isThere ? "::" : "0.0.0.0" }

    private static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .connection: "close"],
            body: .init(byteBuffer: ByteBuffer(string: text + "\n")))
    }
}

/// What is known of a request beside its contents.
private struct ProbeContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's address; empty where there is none.
    let address: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? ""
    }
}

/// Ends Envoy once the pod's applications have ended; then the process, too.
private struct WorkloadEndWatch: Service {
    let proxy: ProxyAdmin

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while await !proxy.saysThatWorkloadEnded() { try await Task.sleep(for: .seconds(1)) }
            // Not answered: it has ended by itself, or will be asked again.
            while await !proxy.quit() {
                guard await proxy.isReady() else { break }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}
