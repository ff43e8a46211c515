import NIOCore
import NIOPosix

/// A connection that is made and closed.
enum TCPDial {
    static func dial(_ host: String, _ port: Int, _ limit: Duration) async throws -> ActionOutcome {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.nanoseconds(Int64(limit / .nanoseconds(1))))
            .connect(host: host, port: port).get()
        try? await channel.close()
        return .success("")
    }
}
