internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL

/// Accepts connections of proxies, each with the certificate chain of its beginning, and reads them as HTTP/2.
struct ProxyListener: Sendable {
    let host: String
    let port: Int
    let connections: ServedConnections
    let discovery: AggregatedDiscovery
    /// How long a proxy may leave what it was sent.
    let patience: Duration
    let logger: Logger

    /// How many connections may wait to be accepted, or as many as the machine allows (`net.core.somaxconn`, 4096).
    ///
    /// After a restart all proxies come at once. Who finds no room is not refused but left without an answer, and tries again
    /// after a second, then after two more.
    private static let backlog: Int32 = 4096

    /// How many bytes are read at once, and how often before others have their turn: requests are small, and a buffer is
    /// held while a record of TLS is not whole.
    private static let (read, readsInTurn): (Int, UInt) = (2 << 10, 16)

    /// Begins to accept.
    ///
    /// - Throws: The error of an address that cannot be bound.
    func bind() async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.read))
            .childChannelOption(.maxMessagesPerRead, value: Self.readsInTurn)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel) }
            }
            .bind(to: SocketAddress(ipAddress: host, port: port)).get()
    }

    private func configure(_ channel: any Channel) throws {
        let connection = try connections.begin(channel)
        let keeper = ConnectionKeeper(channel, logger: logger)
        let handlers = channel.pipeline.syncOperations
        try handlers.addHandler(LeanBuffers())
        try handlers.addHandler(
            NIOHTTP2Handler(
                mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: Self.connection,
                streamConfiguration: Self.stream, streamDelegate: keeper.streams
            ) { stream in
                stream.eventLoop.makeCompletedFuture {
                    try stream.pipeline.syncOperations.addHandler(
                        DiscoveryStream(discovery, connection, patience: patience))
                }
            })
        try handlers.addHandler(keeper)
    }

    private static var connection: NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            // A proxy needs one.
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 16),
            // A token is a kilobyte or two.
            HTTP2Setting(parameter: .maxHeaderListSize, value: 16 << 10),
            // A table for one request's headers would hold the token of each proxy.
            HTTP2Setting(parameter: .headerTableSize, value: 0),
        ]
        configuration.controlFrameRateLimit.maximumCount = controlFrames
        return configuration
    }

    private static var stream: NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.streamResetFrameRateLimit.maximumCount = rate
        configuration.streamErrorRateLimit.maximumCount = rate
        return configuration
    }

    /// How many pings, settings and the like a connection may send in 30 seconds, and how many of its streams may be reset or
    /// wrong: a proxy has a few. (For each the library keeps a place.)
    private static let (controlFrames, rate) = (100, 30)
}
