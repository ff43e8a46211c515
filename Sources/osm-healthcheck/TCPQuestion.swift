import NIOCore
import NIOPosix

/// Whether an application accepts connections.
struct TCPQuestion {
    let port: Int

    /// Connects and closes.
    ///
    /// - Parameter timeout: In seconds.
    /// - Throws: Why it cannot connect.
    func ask(timeout: Int64) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(timeout)).connect(host: "127.0.0.1", port: port).get()
        try? await channel.close()
    }
}
