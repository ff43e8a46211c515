public import FoundationEssentials
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
        let figures = XDSMetrics(metrics)
        connections = ServedConnections(configuration.certificate, metrics: figures, logger: logger)
        discovery = AggregatedDiscovery(
            cache: cache, authenticator: authenticator, secrets: secrets, patience: configuration.patience,
            retry: configuration.retry, limit: configuration.limit, metrics: figures, logger: logger)
    }

    /// Serves until the process shuts down, or the task is cancelled.
    ///
    /// - Throws: ``XDSServerError`` if the address cannot be bound, or the certificate cannot be used.
    public func run() async throws {
        let listener = try await listen()
        let isStopping = Atomic(false)
        let stop: @Sendable () -> Void = {
            isStopping.store(true, ordering: .sequentiallyConsistent)
            discovery.end()
            listener.close(promise: nil)
        }
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await tick() }
                    group.addTask { await discovery.errands.run() }
                    try? await listener.closeFuture.get()
                    discovery.end()
                    await connections.end()
                    group.cancelAll()
                }
            } onCancel: {
                stop()
            }
        } onGracefulShutdown: {
            stop()
        }
        guard isStopping.load(ordering: .sequentiallyConsistent) else {
            throw XDSServerError(
                code: .listening, message: "\(configuration.host):\(configuration.port) is listened at no more",
                cause: nil)
        }
    }

    private func listen() async throws(XDSServerError) -> any Channel {
        do {
            _ = try connections.context(of: connections.chains.current)
        } catch {
            throw XDSServerError(
                code: .listening, message: "proxies cannot be served without a certificate", cause: error)
        }
        let listener = ProxyListener(
            host: configuration.host, port: configuration.port, connections: connections, discovery: discovery,
            patience: configuration.patience, logger: logger)
        let channel: any Channel
        do {
            channel = try await listener.bind()
        } catch {
            throw XDSServerError(
                code: .listening,
                message: "proxies cannot be served at \(configuration.host):\(configuration.port): is the address one "
                    + "of this host's, and the port free?", cause: error)
        }
        if let port = channel.localAddress?.port {
            logger.info("serving", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
            onListening(port)
        }
        return channel
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
