internal import Hummingbird
internal import HummingbirdTLS
public import Logging
public import Metrics
public import NIOCertificateReloading
internal import NIOCore
internal import NIOSSL
internal import Observability
public import ServiceLifecycle

/// An HTTPS server that the API server asks about objects before it stores them.
///
/// It answers `POST` at the path of its webhook, and `GET /healthz`. Whoever asks anything else is told with the usual
/// status; clients that are slow, silent, many or send too much do not keep it from answering others. It has no side
/// effects, so it does not matter whether a request is a dry run.
public struct AdmissionServer: ServiceLifecycle.Service {
    /// Where the server listens, and how much it takes.
    public struct Configuration: Sendable {
        /// The address to bind, IPv4 or IPv6.
        public var host: String
        /// The port to bind; 0 for any free one.
        public var port: Int
        /// What to do where the address cannot be bound.
        public var advice: String
        /// How many connections, how slow, how large.
        package var limits = AdmissionLimits()

        /// A configuration.
        public init(host: String, port: Int, advice: String) {
            self.host = host
            self.port = port
            self.advice = advice
        }
    }

    private let configuration: Configuration
    private let certificate: any CertificateReloader
    private let webhook: Webhook
    private let figures: AdmissionFigures
    private let budget: BodyBudget
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - certificate: The server's certificate; each connection gets the one of its beginning.
    ///   - metrics: Where answers are counted and timed.
    ///   - onListening: Called once with the port, when requests are answered.
    public init(
        configuration: Configuration, certificate: any CertificateReloader, webhook: Webhook,
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.certificate = certificate
        self.webhook = webhook
        self.figures = AdmissionFigures(metrics)
        self.budget = BodyBudget(configuration.limits)
        self.logger = logger
        self.onListening = onListening
    }

    /// The bytes of bodies that count at this moment.
    package var heldBytes: Int { budget.heldBytes }

    /// Answers until the process shuts down.
    ///
    /// - Throws: ``AdmissionServerError`` if the address cannot be bound.
    public func run() async throws {
        var quiet = logger
        quiet.logLevel = .critical
        let connections = OpenConnections(configuration.limits.connections)
        do {
            let application = Application(
                responder: CallbackResponder<ReviewContext> { request, context in
                    await response(to: request, over: context.channel)
                },
                server: try .tls(
                    .http1(
                        configuration: .init(
                            additionalChannelHandlers: [ConnectionProgress(connections)],
                            httpDecoderConfiguration: .init(
                                maxHeaderFieldSize: 8 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100))),
                    tlsConfiguration: try tlsConfiguration()),
                configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
                onServerRunning: { channel in
                    let port = channel.localAddress?.port ?? configuration.port
                    logger.info(
                        "answering",
                        metadata: ["webhook": "\(webhook.name)", "host": "\(configuration.host)", "port": "\(port)"])
                    onListening(port)
                }, logger: quiet)
            // A cancelled server waits for its clients, which have no reason to go.
            try await withTaskCancellationHandler {
                try await application.run()
            } onCancel: {
                connections.end()
            }
        } catch {
            throw AdmissionServerError(
                code: .listening,
                message: "the \(webhook.name) cannot be served at \(configuration.host):\(configuration.port): "
                    + configuration.advice, cause: error)
        }
    }

    private func tlsConfiguration() throws -> TLSConfiguration {
        let first = certificate.sslContextConfigurationOverride
        guard let chain = first.certificateChain, let key = first.privateKey else {
            throw AdmissionServerError(
                code: .certificate, message: "the \(webhook.name) has no certificate", cause: nil)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        configuration.minimumTLSVersion = .tlsv12
        // Who is told that the connection ends need not agree.
        configuration.shutdownTimeout = .milliseconds(500)
        configuration.sslContextCallback = { [certificate] _, promise in
            promise.succeed(certificate.sslContextConfigurationOverride)
        }
        return configuration
    }

    private func response(to request: Request, over channel: any Channel) async -> Response {
        let start = ContinuousClock.now
        let path = request.uri.path
        let answer: HTTPAnswer
        switch path {
        case "/healthz" where request.method == .get || request.method == .head: answer = .text("ok", status: 200)
        case "/healthz": answer = .text("ask with GET", status: 405, allow: "GET, HEAD")
        case webhook.path where request.method == .post: answer = await reviewed(request, channel)
        case webhook.path: answer = .text("ask with POST", status: 405, allow: "POST")
        default: answer = .text("there is only \(webhook.path)", status: 404)
        }
        // Paths and methods that anybody may think of are not told apart.
        let isKnown = path == webhook.path
        figures.answered(
            path: isKnown ? path : "", method: isKnown && request.method == .post ? "POST" : "",
            status: answer.status, start.duration(to: .now))
        var headers: HTTPFields = [.contentType: answer.type]
        if let allow = answer.allow { headers[.allow] = allow }
        let response = Response(
            status: .init(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.bytes)))
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func reviewed(_ request: Request, _ channel: any Channel) async -> HTTPAnswer {
        let reservation = budget.reservation(over: channel)
        do throws(HTTPFailure) {
            let isJSON = MediaType.isJSON(request.headers[.contentType])
            let body = try await reservation.body(of: request, unless: isJSON ? nil : .unsupported)
            guard body.readableBytes > 0 else { return .review(.malformed(uid: nil, "the body is empty")) }
            let reviewed = await webhook.answer(body)
            figures.decided(kind: reviewed.kind, isAllowed: reviewed.isAllowed)
            log(reviewed)
            return .review(reviewed)
        } catch {
            return .review(.refused(error))
        }
    }

    /// One line for each refusal; what is allowed is said only to who wants to know much.
    private func log(_ reviewed: ReviewedRequest) {
        var metadata: Logger.Metadata = [
            "webhook": "\(webhook.name)", "object": "\(reviewed.object)", "request.uid": "\(reviewed.uid)",
        ]
        if let message = reviewed.message { metadata["reason"] = "\(message)" }
        if reviewed.isAllowed {
            logger.debug("object is admitted", metadata: metadata)
        } else {
            logger.notice("object is refused", metadata: metadata)
        }
    }
}

extension AdmissionServer: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "\(webhook.name) at \(configuration.host):\(configuration.port)" }
}

/// Why objects cannot be admitted.
public struct AdmissionServerError: Error, CustomStringConvertible, Sendable {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// The address cannot be bound.
        public static let listening = Code(description: "listening")
        /// There is no certificate to show.
        public static let certificate = Code(description: "certificate")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do.
    public let message: String
    /// What caused it.
    public let cause: (any Error)?

    /// `code: message (cause)`.
    public var description: String { "\(code): \(message)\(cause.map { " (\($0))" } ?? "")" }
}
