internal import Logging
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// A connection.
struct ServedConnection: Sendable {
    /// The root of the chain that it was shown.
    let root: String
    /// When it was accepted.
    let begin: ContinuousClock.Instant
    let channel: any Channel
    fileprivate let all: ServedConnections

    /// A proxy's stream is served on it from now on, or no more.
    func serves(_ isServed: Bool) { all.note(isServed ? 1 : -1, on: channel) }

    /// Has it take no further streams, then calls a function.
    func drain(_ then: @escaping @Sendable () -> Void) {
        channel.eventLoop.execute {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            then()
        }
    }
}

/// The connections that are open, each with the chain that it was shown, and what the next one is shown.
///
/// Each chain has a TLS context of its own, and with it its own keys of session tickets: who was shown another chain before
/// cannot resume that session, and so has verified this one.
final class ServedConnections: Sendable {
    private struct Open {
        let address: String
        /// How many streams are served on it.
        var streams = 0
        /// `nil` until it was shown a chain.
        var connection: ServedConnection?
    }

    private struct State {
        var connections: [ObjectIdentifier: Open] = [:]
        var strangers: Strangers
        var isEnding = false
        var contexts: [ServerChain: NIOSSLContext] = [:]
        var turns = ChainTurns()
    }

    private let source: any ServerChainSource
    private let metrics: XDSMetrics
    private let logger: Logger
    private let state: Mutex<State>

    init(
        _ source: any ServerChainSource, metrics: XDSMetrics, logger: Logger, strangers: Strangers = Strangers()
    ) {
        state = Mutex(State(strangers: strangers))
        self.source = source
        self.metrics = metrics
        self.logger = logger
    }

    /// What is shown at this moment.
    var chains: ServerChains { source.serverChains }

    /// Makes ready the TLS of a chain.
    ///
    /// - Throws: The error of a certificate or key that cannot be used.
    func context(of chain: ServerChain) throws -> NIOSSLContext {
        if let known = state.withLock({ $0.contexts[chain] }) { return known }
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(chain.certificateChainPEM.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(chain.privateKeyPEM.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2"]
        let context = try NIOSSLContext(configuration: configuration)
        let chains = source.serverChains
        return state.withLock { state in
            // Whoever was first: its tickets are already with proxies.
            if let known = state.contexts[chain] { return known }
            state.contexts = state.contexts.filter { $0.key == chains.current || $0.key == chains.former }
            state.contexts[chain] = context
            return context
        }
    }

    /// Begins TLS on a connection that was accepted a moment ago, and remembers what it is shown.
    ///
    /// - Throws: The error of a chain that cannot be used, or that no more connections are served, or none of its address:
    ///   this one is to be closed.
    func begin(_ channel: any Channel) throws -> ServedConnection {
        let chains = source.serverChains
        let address = channel.remoteAddress?.ipAddress ?? ""
        try admit(channel, address)
        let now = ContinuousClock.now
        let chain = state.withLock { state in
            guard let former = chains.former else {
                state.turns.clear()
                return chains.current
            }
            return state.turns.showsFormer(to: address, at: now) ? former : chains.current
        }
        do {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: try context(of: chain)))
        } catch {
            logger.error(
                "a proxy is not served: the server's certificate cannot be used", metadata: ["error": "\(error)"])
            throw error
        }
        if chains.former != nil, chain == chains.current {
            let watch = RefusalWatch { [self] error in
                logger.info(
                    "a proxy refuses the present certificate: the former one is shown to it for a while",
                    metadata: ["peer": "\(address)", "error": "\(error)"])
                state.withLock { $0.turns.refused(at: address, .now) }
            }
            try channel.pipeline.syncOperations.addHandler(watch)
        }
        let connection = ServedConnection(root: chain.root, begin: now, channel: channel, all: self)
        let isServed = state.withLock { state in
            guard !state.isEnding else { return false }
            state.connections[ObjectIdentifier(channel)]?.connection = connection
            return true
        }
        guard isServed else { throw ChannelError.ioOnClosedChannel }
        return connection
    }

    /// Counts a connection as long as it is open, and none of its streams is served.
    private func admit(_ channel: any Channel, _ address: String) throws {
        let id = ObjectIdentifier(channel)
        let welcome = state.withLock { state -> Strangers.Welcome? in
            guard !state.isEnding else { return nil }
            let welcome = state.strangers.come(address)
            if welcome == .admitted { state.connections[id] = Open(address: address) }
            return welcome
        }
        guard welcome == .admitted else {
            if case .refused(let isFirst) = welcome {
                metrics.connectionRefused()
                if isFirst {
                    logger.warning(
                        "connections are closed at once: their address has too many without a proxy's stream",
                        metadata: ["peer": "\(address)", "most": "\(Strangers.most)"])
                }
            }
            throw ChannelError.ioOnClosedChannel
        }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { state in
                guard let open = state.connections.removeValue(forKey: id), open.streams == 0 else { return }
                state.strangers.leave(open.address)
            }
        }
    }

    /// So many more streams of proxies are served on a connection.
    fileprivate func note(_ change: Int, on channel: any Channel) {
        let id = ObjectIdentifier(channel)
        state.withLock { state in
            guard var open = state.connections[id] else { return }
            let wasStranger = open.streams == 0
            open.streams += change
            state.connections[id] = open
            switch (wasStranger, open.streams == 0) {
            case (true, false): state.strangers.leave(open.address)
            case (false, true): state.strangers.comeBack(open.address)
            default: break
            }
        }
    }

    /// Takes no more connections, has those that are open end, and waits until they have.
    func end() async {
        let open = state.withLock { state in
            state.isEnding = true
            return state.connections.values.compactMap(\.connection)
        }
        for connection in open { connection.drain {} }
        for connection in open { try? await connection.channel.closeFuture.get() }
    }
}

/// Tells of a client that says, by an alert, that it refuses what it is shown; a probe that connects and closes does not.
private final class RefusalWatch: ChannelInboundHandler {
    typealias InboundIn = Any

    private let onRefusal: (any Error) -> Void

    init(_ onRefusal: @escaping (any Error) -> Void) { self.onRefusal = onRefusal }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // One that goes meanwhile leaves an error, too, but says nothing.
        if case .handshakeFailed(.sslError(let causes)) = error as? NIOSSLError,
            causes.contains(where: { "\($0)".contains("ALERT") })
        {
            onRefusal(error)
        }
        context.fireErrorCaught(error)
    }
}
