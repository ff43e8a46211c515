import NIOCore
import NIOEmbedded
import Testing

@testable import XDSServer

@Suite("The buffers between TLS and HTTP/2")
struct LeanBuffersTests {
    /// Counts what TLS is handed at once: the writes between two flushes.
    private final class Flushes: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        private(set) var writes: [[ByteBuffer]] = [[]]

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            writes[writes.count - 1].append(Self.unwrapOutboundIn(data))
            context.write(data, promise: promise)
        }

        func flush(context: ChannelHandlerContext) {
            writes.append([])
            context.flush()
        }
    }

    private let channel: EmbeddedChannel
    private let flushes = Flushes()

    init() throws {
        channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([flushes, LeanBuffers()])
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    private static func bytes(_ count: Int, from start: Int = 0) -> ByteBuffer {
        ByteBuffer(bytes: (start..<start + count).map { UInt8(truncatingIfNeeded: $0) })
    }

    private func finish() throws { _ = try channel.finish(acceptAlreadyClosed: true) }

    @Test("hand on what was written before a flush as one, and each promise is kept")
    func joined() throws {
        let promises = (0..<3).map { _ in channel.eventLoop.makePromise(of: Void.self) }
        channel.write(Self.bytes(9), promise: nil)
        channel.write(Self.bytes(300, from: 9), promise: promises[0])
        channel.write(Self.bytes(1, from: 309), promise: promises[1])
        channel.write(Self.bytes(0), promise: promises[2])
        #expect(flushes.writes == [[]], "not before a flush")
        channel.flush()
        #expect(flushes.writes == [[Self.bytes(310)], []])
        for promise in promises { try promise.futureResult.wait() }
        channel.flush()
        #expect(flushes.writes == [[Self.bytes(310)], [], []])
        try finish()
    }

    @Test("hand on no more than 4 KiB at once", arguments: [4_095, 4_096, 4_097, 8_192, 20_000])
    func parts(size: Int) throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.write(Self.bytes(9), promise: nil)
        channel.write(Self.bytes(size, from: 9), promise: promise)
        channel.flush()
        let written = flushes.writes.dropLast()
        #expect(written.allSatisfy { $0.count == 1 && $0[0].readableBytes <= 4_096 })
        #expect(written.dropLast().allSatisfy { $0[0].readableBytes == 4_096 })
        var all = ByteBuffer()
        for part in written.joined() { all.writeImmutableBuffer(part) }
        #expect(all == Self.bytes(9 + size))
        try promise.futureResult.wait()
        try finish()
    }

    @Test("hand on what was written last before the connection is closed")
    func closing() throws {
        channel.write(Self.bytes(9), promise: nil)
        channel.close(promise: nil)
        #expect(flushes.writes == [[Self.bytes(9)]], "before the close, and nobody flushed it")
        try finish()
    }

    @Test("tell that what was written never went on, of a connection that is closed below them")
    func closedBelow() throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.write(Self.bytes(9), promise: promise)
        try channel.pipeline.syncOperations.context(handler: flushes).close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(throws: ChannelError.ioOnClosedChannel) { try promise.futureResult.wait() }
        #expect(flushes.writes == [[]])
        try finish()
    }

    @Test("hand on what was read in pieces of 1 KiB at most", arguments: [0, 1, 1_024, 1_025, 5_000])
    func pieces(size: Int) throws {
        try channel.writeInbound(Self.bytes(size))
        var all = ByteBuffer()
        while let piece = try channel.readInbound(as: ByteBuffer.self) {
            #expect((1...1_024).contains(piece.readableBytes))
            all.writeImmutableBuffer(piece)
        }
        #expect(all == Self.bytes(size))
        try finish()
    }
}
