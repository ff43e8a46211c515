import NIOCore
import NIOPosix

/// The cluster's server for names, over UDP and TCP.
struct DNSServer: Sendable {
    private let channels: [any Channel]

    /// Listens.
    init(_ zone: DNSZone, address: String) async throws {
        let packets = DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PacketHandler(zone: zone))
                }
            }
        let connections = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(LengthDecoder()), ConnectionHandler(zone: zone))
                }
            }
        channels = [
            try await packets.bind(host: address, port: 53).get(),
            try await connections.bind(host: address, port: 53).get(),
        ]
    }

    func stop() async {
        for channel in channels { try? await channel.close() }
    }

    fileprivate static func answer(_ message: ByteBuffer, _ zone: DNSZone, limit: Int) -> ByteBuffer? {
        guard let question = DNSMessage(message) else { return nil }
        return question.answer(zone.answer(question.name), limit: limit)
    }
}

/// Answers each packet.
private final class PacketHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let zone: DNSZone

    init(zone: DNSZone) { self.zone = zone }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let packet = unwrapInboundIn(data)
        guard let answer = DNSServer.answer(packet.data, zone, limit: 512) else { return }
        context.writeAndFlush(
            wrapOutboundOut(AddressedEnvelope(remoteAddress: packet.remoteAddress, data: answer)), promise: nil)
    }
}

/// Takes messages apart, each of which has its length before it.
private struct LengthDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let message = buffer.readLengthPrefixedSlice(as: UInt16.self) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(message))
        return .continue
    }
}

/// Answers each message of a connection.
private final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let zone: DNSZone

    init(zone: DNSZone) { self.zone = zone }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let answer = DNSServer.answer(unwrapInboundIn(data), zone, limit: 65_000) else {
            return context.close(promise: nil)
        }
        var framed = ByteBuffer(integer: UInt16(answer.readableBytes))
        framed.writeImmutableBuffer(answer)
        context.writeAndFlush(wrapOutboundOut(framed), promise: nil)
    }
}
