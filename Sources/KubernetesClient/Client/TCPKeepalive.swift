internal import Glibc
internal import NIOCore

/// Finds out that a peer is gone without a word, such as a machine that lost its power.
///
/// A watch may be silent for minutes, so nothing else would tell.
enum TCPKeepalive {
    /// Seconds of silence before the first probe.
    private static let idle: Int = 15
    /// Seconds between probes.
    private static let interval: Int = 5
    /// Probes without an answer before the connection counts as dead.
    private static let count: Int = 3

    /// Turns the probes on.
    static func enable(on channel: any Channel) -> EventLoopFuture<Void> {
        let options: [(ChannelOptions.Types.SocketOption, Int)] = [
            (.init(level: .socket, name: .so_keepalive), 1),
            (.init(level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)), idle),
            (.init(level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)), interval),
            (.init(level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_KEEPCNT)), count),
        ]
        // A connection without probes is better than none.
        let all = options.map { option, value in
            channel.setOption(option, value: value).flatMapError { _ in channel.eventLoop.makeSucceededVoidFuture() }
        }
        return EventLoopFuture.andAllComplete(all, on: channel.eventLoop)
    }
}
