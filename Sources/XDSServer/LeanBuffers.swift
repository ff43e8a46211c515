internal import NIOCore

/// Keeps what TLS and HTTP/2 hold of an idle connection small; it stands between them.
///
/// TLS hands on slices of a large buffer, which it must copy to go on as long as HTTP/2 holds one; and it encrypts all that
/// was written before a flush into a buffer that it keeps, of 16 KB at first. So each read goes on in a buffer of its own
/// size, and what is written is flushed a part at a time. What that saves is in Performance.md.
final class LeanBuffers: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// How many bytes are encrypted at once.
    private static let part = 4 << 10

    private var written = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Self.unwrapInboundIn(data)
        var own = context.channel.allocator.buffer(capacity: bytes.readableBytes)
        own.writeImmutableBuffer(bytes)
        context.fireChannelRead(NIOAny(own))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = Self.unwrapOutboundIn(data)
        while written + bytes.readableBytes > Self.part {
            guard let first = bytes.readSlice(length: Self.part - written) else { break }
            context.write(NIOAny(first), promise: nil)
            flush(context: context)
        }
        written += bytes.readableBytes
        context.write(NIOAny(bytes), promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        written = 0
        context.flush()
    }
}
