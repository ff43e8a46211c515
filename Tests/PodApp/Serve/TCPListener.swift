import NIOCore
import NIOPosix
import Synchronization

/// A port of the application that speaks lines of text.
///
/// It logs each connection when it is accepted and when it has ended, so that a test can see that there was none.
struct TCPListener: Sendable {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let app: String
    private let mode: TCPPort
    private let server: NIOAsyncChannel<Connection, Never>

    /// Listens; connections are served from `run` on.
    init(app: String, host: String, port mode: TCPPort) async throws {
        self.app = app
        self.mode = mode
        server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A client that has sent all may still wait for answers.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: host, port: mode.number) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
    }

    /// The port it listens on.
    var port: Int { server.channel.localAddress?.port ?? 0 }

    /// Serves until `stop`, then until all connections have ended.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { try await serve(connection) }
                }
            }
        }
    }

    /// Accepts no more connections.
    func stop() { server.channel.close(promise: nil) }

    private func serve(_ connection: Connection) async throws {
        let peer = connection.channel.remoteAddress.map { "\($0)" } ?? "?"
        try JSONLine.write(ConnectionEvent(event: .accepted, app: app, port: port, peer: peer))
        let lines = Mutex(0)
        var failure: Failure?
        do {
            try await connection.executeThenClose { input, output in
                if let greeting = mode.greeting(of: app) { try await output.write(line: greeting) }
                var iterator = LineIterator(input)
                while let line = try await iterator.next() {
                    try await output.write(line: "\(app) \(line)")
                    lines.withLock { $0 += 1 }
                }
            }
        } catch {
            // A client that went away, or the end of the program: neither is this server's failure.
            failure = Failure(error)
        }
        try JSONLine.write(
            ConnectionEvent(
                event: .closed, app: app, port: port, peer: peer, lines: lines.withLock(\.self),
                error: failure?.word))
    }
}

/// The line that tells of a connection.
private struct ConnectionEvent: Encodable {
    enum Event: String, Encodable {
        case accepted, closed
    }

    let event: Event
    let app: String
    let port: Int
    /// Where it came from: the pod's own proxy.
    let peer: String
    /// How many lines were answered.
    var lines: Int?
    /// What ended it, unless the client simply closed it.
    var error: String?
    let time = JSONLine.timestamp()
}
