internal import NIOCore

/// Keeps what TLS and HTTP/2 hold of an idle connection small, and what they do for a message little; it stands between
/// them.
///
/// TLS hands on slices of a large buffer, which it must copy to go on as long as HTTP/2 holds one; and it encrypts all that
/// was written before a flush into a buffer that it keeps, of 16 KB at first. HTTP/2 gathers what it is handed in a buffer
/// that it keeps, too, as large as the largest read, and it writes the head of a frame and its content one after the other,
/// of each of which TLS would make a record. So reads go on in small buffers of their own, and what is written goes on in
/// parts of some size, each flushed by itself. What that saves is in Performance.md.
final class LeanBuffers: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// What was written and did not go on yet.
    private struct Part {
        var bytes: ByteBuffer
        var promise: EventLoopPromise<Void>?
        /// Whether nobody else holds the bytes, so that there is room to add more.
        var isOwn = false
    }

    /// How many bytes are encrypted at once.
    private static let part = 4 << 10
    /// How many bytes go on at once: mostly all, but what a proxy that comes back says it has is more.
    private static let piece = 1 << 10

    private var part: Part?

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
        while let room = room(for: bytes) {
            if room > 0, let first = bytes.readSlice(length: room) { add(first, nil, context) }
            flush(context: context)
        }
        add(bytes, promise, context)
    }

    /// How much of some bytes the part has room for; `nil` if for all.
    private func room(for bytes: ByteBuffer) -> Int? {
        let room = Self.part - (part?.bytes.readableBytes ?? 0)
        return bytes.readableBytes > room ? room : nil
    }

    private func add(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        guard var former = part.take() else {
            part = Part(bytes: bytes, promise: promise)
            return
        }
        if !former.isOwn {
            var own = context.channel.allocator.buffer(
                capacity: former.bytes.readableBytes + bytes.readableBytes)
            own.writeImmutableBuffer(former.bytes)
            (former.bytes, former.isOwn) = (own, true)
        }
        former.bytes.writeImmutableBuffer(bytes)
        if let first = former.promise { first.futureResult.cascade(to: promise) } else { former.promise = promise }
        part = former
    }

    private func handOn(_ context: ChannelHandlerContext) {
        guard let part = part.take() else { return }
        context.write(NIOAny(part.bytes), promise: part.promise)
    }

    func flush(context: ChannelHandlerContext) {
        handOn(context)
        context.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        handOn(context)
        context.close(mode: mode, promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        part.take()?.promise?.fail(ChannelError.ioOnClosedChannel)
    }
}
