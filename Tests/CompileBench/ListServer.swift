import NIOCore
import NIOHTTP1
import NIOPosix

/// An API server that has nothing but a list of pods, which was made before.
final class ListServer: Sendable {
    private let channel: any Channel
    /// Where it listens, on loopback.
    let port: Int

    private init(_ channel: any Channel) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    /// Starts to serve.
    ///
    /// - Parameters:
    ///   - streamed: Whether the list is sent as events; otherwise in pages.
    ///   - mediaType: The form of the objects.
    ///   - answers: The parts of the stream, or the pages.
    static func start(streamed: Bool, mediaType: String, answers: [ByteBuffer]) async throws -> ListServer {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ListHandler(streamed, mediaType, answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ListServer(channel)
    }

    func stop() { channel.close(promise: nil) }
}

/// Answers the few requests that a watch of pods makes.
private final class ListHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let streamed: Bool
    private let mediaType: String
    private let answers: [ByteBuffer]
    private var target = ""

    init(_ streamed: Bool, _ mediaType: String, _ answers: [ByteBuffer]) {
        self.streamed = streamed
        self.mediaType = mediaType
        self.answers = answers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): target = head.uri
        case .body: break
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        if target.hasPrefix("/version") {
            // From this release on, lists are asked for as events.
            let text = streamed ? #"{"major":"1","minor":"34"}"# : #"{"major":"1","minor":"30"}"#
            send([ByteBuffer(string: text)], of: "application/json", ends: true, context)
        } else if target.contains("watch=true") {
            // Nothing happens after the list, for as long as anybody listens.
            let stream = mediaType.contains("protobuf") ? "\(mediaType);stream=watch" : mediaType
            send(target.contains("sendInitialEvents=true") ? answers : [], of: stream, ends: false, context)
        } else {
            let first = target.split(separator: "continue=").dropFirst().first?.prefix { $0.isNumber }
            let page = (first.flatMap { Int($0) } ?? 0) / PodList.pageSize
            send(answers.indices.contains(page) ? [answers[page]] : [], of: mediaType, ends: true, context)
        }
    }

    private func send(_ parts: [ByteBuffer], of type: String, ends: Bool, _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-type": type])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        for part in parts { context.write(wrapOutboundOut(.body(.byteBuffer(part))), promise: nil) }
        if ends { context.write(wrapOutboundOut(.end(nil)), promise: nil) }
        context.flush()
    }
}
