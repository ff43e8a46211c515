internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// The stream of a proxy: messages of gRPC in and out.
final class ProxyStreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let proxy: FleetProxy
    private var context: ChannelHandlerContext?
    private var received = ByteBuffer()
    private var hasEnded = false

    init(_ proxy: FleetProxy) { self.proxy = proxy }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        let headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "https", ":path": proxy.path, ":authority": FleetProxy.authority,
            "content-type": "application/grpc", "te": "trailers", "authorization": "Bearer \(proxy.member.token)",
        ]
        context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
        proxy.began(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .data(let data):
            guard case .byteBuffer(var bytes) = data.data else { return }
            if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
            while takeMessage() {}
            // A large push leaves nothing behind.
            if received.readableBytes == 0 { received = ByteBuffer() }
        case .headers(let frame):
            guard let status = frame.headers.first(name: "grpc-status") else { return }
            end("grpc-status \(status): \(frame.headers.first(name: "grpc-message") ?? "")")
        case .rstStream(let code): end("the stream was reset: \(code)")
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func channelInactive(context: ChannelHandlerContext) { end("the stream was closed") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end("\(error)") }

    /// Sends a message with the next flush: a byte for its compression, its length, and itself.
    func write(_ message: [UInt8]) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: message.count + 5)
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(message.count))
        buffer.writeBytes(message)
        context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(buffer)))), promise: nil)
    }

    func flush() { context?.flush() }

    /// Hands on a message that is there as a whole.
    private func takeMessage() -> Bool {
        guard received.readableBytes >= 5,
            let length = received.getInteger(at: received.readerIndex + 1, as: UInt32.self),
            received.readableBytes >= 5 + Int(length), !hasEnded
        else { return false }
        received.withUnsafeReadableBytes { bytes in
            proxy.received(UnsafeRawBufferPointer(rebasing: bytes[5..<(5 + Int(length))]))
        }
        received.moveReaderIndex(forwardBy: 5 + Int(length))
        return true
    }

    private func end(_ reason: String) {
        guard !hasEnded else { return }
        hasEnded = true
        proxy.ended(reason)
    }
}
