import NIOCore

/// A frame of SPDY/3.1, as far as Kubernetes' streams need it.
enum SPDYFrame: Sendable {
    case data(stream: UInt32, isLast: Bool, ByteBuffer)
    case begin(stream: UInt32, isLast: Bool, block: [UInt8])
    case headers(stream: UInt32, isLast: Bool, block: [UInt8])
    case reset(stream: UInt32)
    case ping(UInt32)
    case goAway
    /// What needs no answer.
    case other

    /// Takes a whole frame off the front of what was received; `nil` if there is none yet.
    init?(_ buffer: inout ByteBuffer) {
        guard let head = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self),
            let rest = buffer.getInteger(at: buffer.readerIndex + 4, as: UInt32.self)
        else { return nil }
        let (flags, length) = (rest >> 24, Int(rest & 0xFF_FFFF))
        guard buffer.readableBytes >= 8 + length else { return nil }
        buffer.moveReaderIndex(forwardBy: 8)
        var body = buffer.readSlice(length: length) ?? ByteBuffer()
        let isLast = flags & 1 == 1
        guard head >> 31 == 1 else {
            self = .data(stream: head, isLast: isLast, body)
            return
        }
        let number = (body.readInteger(as: UInt32.self) ?? 0) & 0x7FFF_FFFF
        switch head & 0xFFFF {
        case 1:
            body.moveReaderIndex(forwardBy: min(6, body.readableBytes))
            self = .begin(stream: number, isLast: isLast, block: Array(body.readableBytesView))
        case 3: self = .reset(stream: number)
        case 6: self = .ping(number)
        case 7: self = .goAway
        case 8: self = .headers(stream: number, isLast: isLast, block: Array(body.readableBytesView))
        default: self = .other
        }
    }

    /// Data, in frames that are not too long.
    static func data(stream: UInt32, isLast: Bool, _ bytes: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer(integer: stream)
        frame.writeInteger(UInt32(bytes.readableBytes) | (isLast ? 1 << 24 : 0))
        frame.writeImmutableBuffer(bytes)
        return frame
    }

    /// The answer to a new stream.
    static func reply(stream: UInt32, block: [UInt8]) -> ByteBuffer {
        control(2, [stream], block)
    }

    /// The answer to a ping.
    static func pong(_ number: UInt32) -> ByteBuffer { control(6, [number], []) }

    private static func control(_ type: UInt32, _ numbers: [UInt32], _ rest: [UInt8]) -> ByteBuffer {
        var frame = ByteBuffer(integer: UInt32(0x8003_0000) | type)
        frame.writeInteger(UInt32(numbers.count * 4 + rest.count))
        for number in numbers { frame.writeInteger(number) }
        frame.writeBytes(rest)
        return frame
    }
}
