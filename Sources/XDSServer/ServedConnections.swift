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
    private struct State {
        var connections: [ObjectIdentifier: ServedConnection] = [:]
        var isEnding = false
        var contexts: [ServerChain: NIOSSLContext] = [:]
        var turns = ChainTurns()
    }

    private let source: any ServerChainSource
    private let logger: Logger
    private let state = Mutex(State())

    init(_ source: any ServerChainSource, logger: Logger) {
        self.source = source
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
    /// - Throws: The error of a chain that cannot be used, or that no more connections are served: this one is to be closed.
    func begin(_ channel: any Channel) throws -> ServedConnection {
        let chains = source.serverChains
        let address = channel.remoteAddress?.ipAddress ?? ""
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
        let connection = ServedConnection(root: chain.root, begin: now, channel: channel)
        let isServed = state.withLock { state in
            guard !state.isEnding else { return false }
            state.connections[ObjectIdentifier(channel)] = connection
            return true
        }
        guard isServed else { throw ChannelError.ioOnClosedChannel }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { $0.connections[ObjectIdentifier(channel)] = nil }
        }
        return connection
    }

    /// Takes no more connections, has those that are open end, and waits until they have.
    func end() async {
        let open = state.withLock { state in
            state.isEnding = true
            return Array(state.connections.values)
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
