import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// An HTTP/1.1 port of an application, with or without TLS.
struct HTTPListener: Sendable {
    /// A connection once its first request has come.
    private enum Accepted: Sendable {
        case http(NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>)
        case webSocket(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
    }

    private let application: Application
    private let server: NIOAsyncChannel<EventLoopFuture<Accepted>, Never>

    /// Listens; connections are served from `run` on.
    init(application: Application, host: String, port: Int, tls: NIOSSLContext? = nil) async throws {
        self.application = application
        server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    return try Self.configure(channel, for: application)
                }
            }
    }

    /// The port it listens on.
    var port: Int { server.channel.localAddress?.port ?? 0 }

    /// Serves until `stop`, then until all connections have ended.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await serve(connection) }
                }
            }
        }
    }

    /// Accepts no more connections.
    func stop() { server.channel.close(promise: nil) }

    private func serve(_ connection: EventLoopFuture<Accepted>) async {
        do {
            switch try await connection.get() {
            case .http(let channel): try await application.serve(channel)
            case .webSocket(let channel): try await WebSocketEcho(name: application.name).serve(channel)
            }
        } catch {
            // A client that went away, or the end of the program: neither is this server's failure.
        }
    }

    private static func configure(
        _ channel: any Channel, for application: Application
    ) throws -> EventLoopFuture<Accepted> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Accepted>(
            shouldUpgrade: { channel, head in
                application.ledger.arrived(path: head.path)
                return channel.eventLoop.makeSucceededFuture(["x-app": application.name])
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try .webSocket(NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            })
        let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Accepted>(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try .http(NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            })
        let pipeline = channel.pipeline.syncOperations
        let accepted = try pipeline.configureUpgradableHTTPServerPipeline(
            configuration: .init(upgradeConfiguration: upgrade))
        let upgrading = try pipeline.handler(type: NIOTypedHTTPServerUpgradeHandler<Accepted>.self)
        try pipeline.addHandler(DeclinedUpgrade(), position: .before(upgrading))
        return accepted
    }
}
