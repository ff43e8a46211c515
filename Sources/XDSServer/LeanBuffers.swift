internal import NIOCore

/// Keeps what TLS and HTTP/2 hold of an idle connection small; it stands between them.
///
/// TLS hands on slices of a large buffer, which it must copy to go on as long as HTTP/2 holds one; and it encrypts all that
/// was written before a flush into a buffer that it keeps, of 16 KB at first. HTTP/2 gathers what it is handed in a buffer
/// that it keeps, too, as large as the largest read. So reads go on in small buffers of their own, and what is written is
/// flushed a part at a time. What that saves is in Performance.md.
final class LeanBuffers: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// How many bytes are encrypted at once.
    private static let part = 4 << 10
    /// How many bytes go on at once: mostly all, but what a proxy that comes back says it has is more.
    private static let piece = 1 << 10

    private var written = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        while let piece = bytes.readSlice(length: min(Self.piece, bytes.readableBytes)), piece.readableBytes > 0 {
            var own = context.channel.allocator.buffer(capacity: piece.readableBytes)
            own.writeImmutableBuffer(piece)
            context.fireChannelRead(NIOAny(own))
        }
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
