import NIOCore
import NIOPosix
import NIOSSL

/// How a call gets its connection.
struct Dialing: Sendable {
    /// TLS under the call's protocol.
    struct TLS: Sendable {
        let context: NIOSSLContext
        let serverName: String?
    }

    let endpoint: CallTarget.Endpoint
    let tls: TLS?
    let timeout: Duration

    /// Connects, and sets the channel up with TLS, if wanted, below what `configure` adds.
    ///
    /// The channel is closed soon after the time-out, so that nothing waits on it for ever.
    ///
    /// - Parameter isLasting: only connecting has the time-out; the channel stays open for as long as it is wanted.
    func connect<Value: Sendable>(
        isLasting: Bool = false, _ configure: @escaping @Sendable (any Channel) throws -> Value
    ) async throws -> Value {
        let timeout = TimeAmount(timeout)
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: endpoint.host, port: endpoint.port) { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls.context, serverHostname: tls.serverName))
                    }
                    if !isLasting {
                        let end = channel.eventLoop.scheduleTask(in: timeout + .milliseconds(100)) {
                            channel.close(promise: nil)
                        }
                        channel.closeFuture.whenComplete { _ in end.cancel() }
                    }
                    return try configure(channel)
                }
            }
    }
}
