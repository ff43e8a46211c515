internal import Logging
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// The connections that are open, each with the chain that it was shown, and what the next one is shown.
///
/// Each chain has a TLS context of its own, and with it its own keys of session tickets: who was shown another chain before
/// cannot resume that session, and so has verified this one.
final class ServedConnections: Sendable {
    /// A connection.
    struct Connection: Sendable {
        /// The root of the chain that it was shown.
        let root: String
        /// When it was accepted.
        let begin: ContinuousClock.Instant
        fileprivate let channel: any Channel
    }

    private struct State {
        var connections: [String: Connection] = [:]
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

    /// A connection by its ends, as an RPC knows them; `nil` once it is closed.
    func connection(_ remote: String, _ local: String) -> Connection? {
        state.withLock { $0.connections[Self.key(remote, local)] }
    }

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
    /// - Throws: The error of a chain that cannot be used: the connection is to be closed.
    func begin(_ channel: any Channel) throws {
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
        let key = Self.key(Self.text(channel.remoteAddress), Self.text(channel.localAddress))
        state.withLock { state in
            state.connections[key] = Connection(root: chain.root, begin: now, channel: channel)
        }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { state in
                // The next one may have the same ends.
                if state.connections[key]?.channel === channel { state.connections[key] = nil }
            }
        }
    }

    /// Has a connection take no further streams, then calls a function.
    static func drain(_ connection: Connection, _ then: @escaping @Sendable () -> Void) {
        connection.channel.eventLoop.execute {
            connection.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            then()
        }
    }

    private static func key(_ remote: String, _ local: String) -> String { "\(remote) \(local)" }

    /// An address as gRPC writes it.
    private static func text(_ address: SocketAddress?) -> String {
        let port = address?.port ?? 0
        return switch address {
        case .v4(let address): "ipv4:\(address.host):\(port)"
        case .v6(let address): "ipv6:[\(address.host)]:\(port)"
        case .unixDomainSocket, nil: ""
        }
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
