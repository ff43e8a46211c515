public import FoundationEssentials
internal import GRPCCore
internal import GRPCNIOTransportHTTP2
public import Logging
public import Metrics
internal import NIOCore
public import ServiceLifecycle
internal import Synchronization
public import XDSCache

/// Serves proxies their views of the cache over gRPC and TLS, by ADS, delta and state of the world.
public struct XDSServer: Service {
    /// Where and as whom the server listens.
    public struct Configuration: Sendable {
        /// The address to bind, IPv4 or IPv6.
        public var host: String
        /// The port to bind; 0 for any free one.
        public var port: Int
        /// The server's certificates; each connection gets one of those of its beginning.
        public var certificate: any ServerChainSource
        /// How many proxies may be connected.
        public var limit: ProxyLimit
        /// How long a proxy may leave what it was sent, or ask nothing at first, before its stream is closed.
        var patience = Duration.seconds(60)
        /// After a proxy refused the present certificate it is asked to try again for the first time; then it has twice as
        /// long each time, up to ten times as long.
        var retry = Duration.seconds(60)

        /// A configuration.
        public init(
            host: String, port: Int, certificate: any ServerChainSource, limit: ProxyLimit = ProxyLimit()
        ) {
            self.host = host
            self.port = port
            self.certificate = certificate
            self.limit = limit
        }
    }

    private let configuration: Configuration
    private let discovery: AggregatedDiscovery
    private let connections: ServedConnections
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// A server of a cache.
    ///
    /// - Parameters:
    ///   - now: The clock by which secrets are renewed and tokens end.
    ///   - metrics: Where streams, requests and responses are counted.
    ///   - onListening: Called once with the port, when proxies can connect.
    public init(
        configuration: Configuration, cache: SnapshotCache, authenticator: any ProxyAuthenticator,
        secrets: any WorkloadSecretSource, now: @escaping @Sendable () -> Date = { Date() },
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.now = now
        self.logger = logger
        self.onListening = onListening
        connections = ServedConnections(configuration.certificate, logger: logger)
        discovery = AggregatedDiscovery(
            cache: cache, authenticator: authenticator, secrets: secrets, connections: connections,
            patience: configuration.patience, retry: configuration.retry, limit: configuration.limit,
            metrics: XDSMetrics(metrics), logger: logger)
    }

    /// Serves until the process shuts down.
    ///
    /// - Throws: ``XDSServerError`` if the address cannot be bound, or the certificate cannot be used.
    public func run() async throws {
        let transport = try transport()
        let server = GRPCServer(transport: transport, services: [discovery])
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await announce(transport) }
                group.addTask { await tick() }
                // The server's end is the end of all.
                defer { group.cancelAll() }
                try await serveShielded(server)
            }
        } onGracefulShutdown: {
            discovery.end()
            server.beginGracefulShutdown()
        }
    }

    private typealias Transport = HTTP2ServerTransport.Custom<ProxyListener>

    private func transport() throws -> Transport {
        do {
            _ = try connections.context(of: connections.chains.current)
        } catch {
            throw XDSServerError(
                code: .listening, message: "proxies cannot be served without a certificate", cause: error)
        }
        return Transport(
            listenerFactory: ProxyListener(
                host: configuration.host, port: configuration.port, connections: connections),
            config: configured(.defaults))
    }

    private func configured(_ defaults: Transport.Config) -> Transport.Config {
        var config = defaults
        // A stream whose peer vanished ends within 20 seconds; a peer on a busy machine has almost half of them.
        config.connection.keepalive.time = .seconds(10)
        config.connection.keepalive.timeout = .seconds(9)
        // Who connects and opens no stream goes; who does not go when the server stops is cut off.
        config.connection.maxIdleTime = .seconds(60)
        config.connection.maxGraceTime = .seconds(5)
        // A proxy needs one.
        config.http2.maxConcurrentStreams = 16
        // What is larger than the server takes up, but not by much, is refused with a reason.
        config.rpc.maxRequestPayloadSize = 2 * ProxySession.maximumRequest
        config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { stream in
            stream.eventLoop.makeCompletedFuture {
                let stalled = StalledStream(limit: configuration.patience, logger: logger)
                try stream.pipeline.syncOperations.addHandler(stalled, position: .first)
            }
        }
        // Envoy pings as often, and before its first stream, too.
        config.connection.keepalive.clientBehavior.allowWithoutCalls = true
        config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(1)
        return config
    }

    /// Serves until the server has ended, also where the task is cancelled: that ends it as a shutdown does.
    ///
    /// A server whose own task is cancelled drops connections that it has accepted and not begun to serve, and the
    /// process traps over their writers (swift-nio issue 2637).
    private func serveShielded(_ server: GRPCServer<Transport>) async throws {
        let serving = Task { try await serve(server) }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            discovery.end()
            server.beginGracefulShutdown()
        }
    }

    private func serve(_ server: GRPCServer<Transport>) async throws {
        do {
            try await server.serve()
        } catch {
            throw XDSServerError(
                code: .listening,
                message: "proxies cannot be served at \(configuration.host):\(configuration.port): is the address one "
                    + "of this host's, and the port free?", cause: error)
        }
    }

    private func announce(_ transport: Transport) async {
        guard let address = await transport.listeningAddress,
            let port = address.ipv4?.port ?? address.ipv6?.port
        else { return }
        logger.info("serving", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
        onListening(port)
    }

    /// Once a second: removals, renewals and ends of tokens are to the second.
    private func tick() async {
        while true {
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
            discovery.tick(at: now(), .now)
            discovery.leave(all: connections.chains.current.root, at: .now)
        }
    }
}

extension XDSServer: CustomStringConvertible, CustomReflectable {
    /// What logs of the process call it; nothing of its key.
    public var description: String { "xDS server at \(configuration.host):\(configuration.port)" }
    /// Nothing, so that no dump shows the key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
