internal import NIOCore

/// A frame of SPDY/3.1 that the other side of a forwarded connection sends.
///
/// Source: draft-mbelshe-httpbis-spdy-00, section 2.2 and 2.6; only what Kubernetes' streams need is told apart.
enum SPDYFrame: Equatable {
    /// Bytes of a stream, and whether they are the last.
    case data(stream: UInt32, isLast: Bool, ByteBuffer)
    /// A stream was broken off.
    case reset(stream: UInt32)
    /// To be answered with the same number.
    case ping(UInt32)
    /// No more streams are taken.
    case goAway
    /// What needs no answer.
    case other
    /// No frame that such a connection can hold; what follows cannot be read. It is left where it is.
    case malformed

    /// The streams that a connection has: one for errors, one for data.
    private static let streams: Set<UInt32> = [1, 3]
    /// The longest control frame that is taken, in bytes; those of data end at the format's own limit of 16 MB.
    private static let longestControl = 64 << 10

    /// Takes a whole frame off the front of what was received; `nil` if there is none yet.
    init?(_ buffer: inout ByteBuffer) {
        guard let head = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self),
            let rest = buffer.getInteger(at: buffer.readerIndex + 4, as: UInt32.self)
        else { return nil }
        let (flags, length) = (rest >> 24, Int(rest & 0xFF_FFFF))
        // By the head alone: nobody waits for megabytes that something else than SPDY seems to announce.
        let isExpected =
            head >> 31 == 1 ? head >> 16 == 0x8003 && length <= Self.longestControl : Self.streams.contains(head)
        guard isExpected else {
            self = .malformed
            return
        }
        guard buffer.readableBytes >= 8 + length else { return nil }
        buffer.moveReaderIndex(forwardBy: 8)
        var body = buffer.readSlice(length: length) ?? ByteBuffer()
        guard head >> 31 == 1 else {
            self = .data(stream: head, isLast: flags & 1 == 1, body)
            return
        }
        let number = body.readInteger(as: UInt32.self) ?? 0
        switch head & 0xFFFF {
        case 3: self = .reset(stream: number & 0x7FFF_FFFF)
        case 6: self = .ping(number)
        case 7: self = .goAway
        default: self = .other
        }
    }
}

/// What this side of a forwarded connection sends.
struct SPDYWriter {
    /// Whether headers were sent before: all of a connection are one stream of zlib.
    private var hasSentHeaders = false

    /// The beginning of a stream.
    ///
    /// - Parameters:
    ///   - stream: An odd number, greater than those before.
    ///   - headers: At most 64 KB together.
    mutating func begin(stream: UInt32, headers: [(name: String, value: String)]) -> ByteBuffer {
        var block = ByteBuffer(integer: UInt32(headers.count))
        for (name, value) in headers {
            for text in [name, value] {
                block.writeInteger(UInt32(text.utf8.count))
                block.writeString(text)
            }
        }
        var body = ByteBuffer(integer: stream)
        // No stream belongs to another, and none is more urgent.
        body.writeInteger(UInt32(0))
        body.writeInteger(UInt16(0))
        body.writeImmutableBuffer(compressed(block))
        return Self.control(type: 1, body)
    }

    /// Bytes of a stream.
    func data(stream: UInt32, _ bytes: ByteBuffer) -> ByteBuffer { Self.data(stream: stream, flags: 0, bytes) }

    /// The end of what is sent on a stream.
    func end(stream: UInt32) -> ByteBuffer { Self.data(stream: stream, flags: 1, ByteBuffer()) }

    /// The answer to a ping.
    func pong(_ number: UInt32) -> ByteBuffer { Self.control(type: 6, ByteBuffer(integer: number)) }

    /// The block as zlib has it, stored and not compressed.
    private mutating func compressed(_ block: ByteBuffer) -> ByteBuffer {
        var result = ByteBuffer()
        if !hasSentHeaders {
            // RFC 1950: deflate with a window of 32 KB, a preset dictionary, and the checksum of SPDY/3's dictionary.
            result.writeBytes([0x78, 0x20, 0xE3, 0xC6, 0xA7, 0xC2])
            hasSentHeaders = true
        }
        // RFC 1951, section 3.2.4: a stored block, not the last, then an empty one, behind which readers stop.
        for bytes in [block, ByteBuffer()] {
            let length = UInt16(bytes.readableBytes)
            result.writeInteger(UInt8(0))
            result.writeInteger(length, endianness: .little)
            result.writeInteger(~length, endianness: .little)
            result.writeImmutableBuffer(bytes)
        }
        return result
    }

    private static func control(type: UInt32, _ body: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer(integer: UInt32(0x8003_0000) | type)
        frame.writeInteger(UInt32(body.readableBytes))
        frame.writeImmutableBuffer(body)
        return frame
    }

    private static func data(stream: UInt32, flags: UInt32, _ bytes: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer(integer: stream)
        frame.writeInteger(flags << 24 | UInt32(bytes.readableBytes))
        frame.writeImmutableBuffer(bytes)
        return frame
    }
}
