internal import GRPCNIOTransportHTTP2
internal import NIOCore
internal import NIOPosix

/// Accepts connections of proxies, each with the certificate chain of its beginning.
struct ProxyListener: HTTP2ServerTransport.ListenerFactory {
    let host: String
    let port: Int
    let connections: ServedConnections
    let eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    /// How many connections may wait to be accepted, or as many as the machine allows (`net.core.somaxconn`, 4096).
    ///
    /// After a restart all proxies come at once. Who finds no room is not refused but left without an answer, and tries again
    /// after a second, then after two more.
    private static let backlog: Int32 = 4096

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        let address = try SocketAddress(ipAddress: host, port: port)
        let connections = connections
        return try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
            .bind(to: address) { channel in
                channel.eventLoop.makeCompletedFuture { try connections.begin(channel) }.flatMap {
                    connectionConfigurator.configure(channel: channel, tls: .configured(requireALPN: false))
                }
            }
    }
}
