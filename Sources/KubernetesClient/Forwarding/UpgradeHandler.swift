internal import FoundationEssentials
internal import NIOCore

/// Asks for another protocol on a new connection to the API server, and hands over what follows the server's consent.
///
/// A refusal fails the promise with what the server says, and ends the connection.
final class UpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The longest answer that is taken, in bytes.
    private static let longestAnswer = 64 << 10

    private let request: String
    private let action: String
    private let timeout: TimeAmount
    private let promise: EventLoopPromise<Void>
    private var received = ByteBuffer()
    private var isDecided = false
    private var deadline: Scheduled<Void>?

    /// A handler for one connection.
    ///
    /// - Parameters:
    ///   - request: The whole request, as it is sent.
    ///   - action: What messages call it.
    ///   - promise: Succeeds when the server has changed over.
    init(request: String, action: String, timeout: TimeAmount, promise: EventLoopPromise<Void>) {
        self.request = request
        self.action = action
        self.timeout = timeout
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        // With TLS this waits for the end of the handshake.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: timeout) {
            let (handler, context) = bound.value
            handler.fail(KubernetesError(.transport, "\(handler.action): the server does not answer"), context)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDecided else { return context.fireChannelRead(data) }
        received.writeImmutableBuffer(unwrapInboundIn(data))
        decide(context, isOver: false)
    }

    func channelInactive(context: ChannelHandlerContext) {
        decide(context, isOver: true)
        fail(KubernetesError(.transport, "\(action): the server ended the connection"), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(KubernetesError(.transport, "\(action): the connection failed", cause: error), context)
        context.fireErrorCaught(error)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(KubernetesError(.cancelled, "\(action): cancelled"), nil)
    }

    private func fail(_ error: KubernetesError, _ context: ChannelHandlerContext?) {
        guard !isDecided else { return }
        isDecided = true
        deadline?.cancel()
        promise.fail(error)
        context?.close(promise: nil)
    }

    private func decide(_ context: ChannelHandlerContext, isOver: Bool) {
        guard !isDecided, let head = AnswerHead(received.readableBytesView) else {
            if received.readableBytes > Self.longestAnswer {
                fail(KubernetesError(.tooLarge, "\(action): the answer's head is too long"), context)
            }
            return
        }
        if head.status == 101 {
            isDecided = true
            deadline?.cancel()
            received.moveReaderIndex(forwardBy: head.length)
            promise.succeed(())
            if received.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(received)) }
            received = ByteBuffer()
            return
        }
        let content = Array(received.readableBytesView.dropFirst(head.length))
        guard isOver || content.count > Self.longestAnswer || head.isComplete(content) else { return }
        let body = head.body(content)
        fail(
            KubernetesError(
                status: head.status, body: try? JSONDecoder().decode(APIStatus.self, from: Data(body)),
                text: String(decoding: body, as: UTF8.self), action: action), context)
    }
}

/// The head of an answer of HTTP/1.1.
struct AnswerHead: Equatable {
    let status: Int
    /// The bytes of the head, with the empty line that ends it.
    let length: Int
    /// The bytes of the body; `nil` where the head does not say.
    let contentLength: Int?
    /// Whether the body comes in chunks.
    let isChunked: Bool

    private static let lastChunk = Array("0\r\n\r\n".utf8)

    /// The head at the front of what was received; `nil` if it is not complete.
    init?(_ bytes: some BidirectionalCollection<UInt8>) {
        let bytes = Array(bytes)
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        length = end
        func field(_ name: String) -> String? {
            lines.dropFirst().map { $0.split(separator: ":", maxSplits: 1) }
                .first { $0.count == 2 && $0[0].lowercased() == name }?[1].trimmingWhitespace
        }
        contentLength = field("content-length").flatMap { Int($0) }
        isChunked = field("transfer-encoding")?.lowercased() == "chunked"
    }

    /// Whether what came behind the head is the whole body; without a word of its length only the connection's end tells.
    func isComplete(_ content: [UInt8]) -> Bool {
        if isChunked { return content.suffix(Self.lastChunk.count) == Self.lastChunk[...] }
        return contentLength.map { content.count >= $0 } ?? false
    }

    /// The body of what came behind the head.
    func body(_ content: [UInt8]) -> [UInt8] {
        guard isChunked else { return content }
        var (body, rest) = ([UInt8](), content[...])
        while let end = rest.firstRange(of: Array("\r\n".utf8)),
            let length = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), length > 0
        {
            rest = rest[end.upperBound...]
            body += rest.prefix(length)
            // In two steps: a length may be any number.
            rest = rest.dropFirst(length).dropFirst(2)
        }
        return body
    }
}
