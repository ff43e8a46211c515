import NIOCore
import NIOPosix

/// A client that says what it likes, from an address of its choice.
struct Visitor: Sendable {
    private let channel: any Channel
    private let received: EventLoopFuture<String>

    /// Connects to a port of this host, and sends a text.
    init(_ port: Int, from address: String = "127.0.0.1", _ text: String) async throws {
        let ended = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: String.self)
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(to: SocketAddress(ipAddress: address, port: 0))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(ended))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        received = ended.futureResult
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Asks for a path.
    static func asking(
        _ port: Int, from address: String = "127.0.0.1", _ path: String, _ headers: [(String, String)] = []
    ) async throws -> Visitor {
        let lines = ["GET \(path) HTTP/1.1", "Host: osm"] + headers.map { "\($0): \($1)" }
        return try await Visitor(port, from: address, lines.joined(separator: "\r\n") + "\r\n\r\n")
    }

    /// All that came until the other side closed.
    func everything() async throws -> String { try await received.get() }

    /// The status and the body of the one answer; 0 without one.
    func answer() async throws -> (status: Int, body: String) {
        let text = try await everything()
        let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return (status, text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "")
    }

    /// Goes without waiting for an answer.
    func leave() async { try? await channel.close() }
}

/// Keeps what comes until the connection ends.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let ended: EventLoopPromise<String>
    private var text = ""

    init(_ ended: EventLoopPromise<String>) { self.ended = ended }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended.succeed(text)
        context.fireChannelInactive()
    }

    // That the other side resets the connection is an end as any.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
