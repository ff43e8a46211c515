import NIOCore

/// A frame of HTTP/2 (RFC 9113, section 4.1) as it goes over the wire, however wrong.
struct WireFrame: Equatable, Sendable {
    /// Types of frames (section 6).
    enum Kind: UInt8 {
        case data = 0
        case headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    /// What clients of HTTP/2 begin with (section 3.4).
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let endStream: UInt8 = 0x1
    /// The same bit, of settings and pings.
    static let acknowledgement: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8

    var kind: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    init(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        self.kind = kind.rawValue
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    /// A frame off the front of what has come; `nil` if it is not there as a whole.
    init?(takenFrom buffer: inout ByteBuffer) {
        let start = buffer.readerIndex
        guard buffer.readableBytes >= 9, let high = buffer.getInteger(at: start, as: UInt8.self),
            let low = buffer.getInteger(at: start + 1, as: UInt16.self)
        else { return nil }
        let length = Int(high) << 16 | Int(low)
        guard buffer.readableBytes >= 9 + length else { return nil }
        buffer.moveReaderIndex(forwardBy: 3)
        guard let kind = buffer.readInteger(as: UInt8.self), let flags = buffer.readInteger(as: UInt8.self),
            let stream = buffer.readInteger(as: UInt32.self), let payload = buffer.readBytes(length: length)
        else { return nil }
        self.kind = kind
        self.flags = flags
        self.stream = stream & 0x7fff_ffff
        self.payload = payload
    }

    var isKnown: Kind? { Kind(rawValue: kind) }
    func has(_ flag: UInt8) -> Bool { flags & flag != 0 }

    /// The bytes; with another length than the payload's, if one is given.
    func bytes(length: Int? = nil) -> [UInt8] {
        let length = length ?? payload.count
        return [UInt8(length >> 16 & 0xff), UInt8(length >> 8 & 0xff), UInt8(length & 0xff), kind, flags]
            + stream.bigEndianBytes + payload
    }

    static func settings(_ values: KeyValuePairs<Setting, UInt32>) -> WireFrame {
        WireFrame(
            .settings,
            values.flatMap { [UInt8($0.key.rawValue >> 8), UInt8($0.key.rawValue & 0xff)] + $0.value.bigEndianBytes })
    }

    static func windowUpdate(_ stream: UInt32, by count: Int) -> WireFrame {
        WireFrame(.windowUpdate, stream: stream, UInt32(truncatingIfNeeded: count).bigEndianBytes)
    }

    static func reset(_ stream: UInt32, code: UInt32 = 8) -> WireFrame {
        WireFrame(.reset, stream: stream, code.bigEndianBytes)
    }

    /// Settings that either side may make (section 6.5.2).
    enum Setting: UInt16 {
        case headerTableSize = 1
        case enablePush, maximumStreams, initialWindow, maximumFrame, maximumHeaderList
    }

    /// The numbers in a payload of settings.
    var settings: [UInt16: UInt32] {
        var values: [UInt16: UInt32] = [:]
        for start in stride(from: 0, through: payload.count - 6, by: 6) {
            values[UInt16(payload[start]) << 8 | UInt16(payload[start + 1])] = number(at: start + 2)
        }
        return values
    }

    /// Four bytes of the payload as a number; 0 if they are not there.
    func number(at start: Int) -> UInt32 {
        guard payload.count >= start + 4 else { return 0 }
        return payload[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension UInt32 {
    /// As numbers go over the wire.
    var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(self >> $0 & 0xff) } }
}

/// Blocks of header fields (RFC 7541), each field written out without use of a table.
enum WireFields {
    typealias Field = (name: String, value: String)

    static func block(_ fields: [Field]) -> [UInt8] {
        fields.flatMap { [0] + text($0.name) + text($0.value) }
    }

    /// A field that is to enter the table (section 6.2.1).
    static func indexed(_ field: Field) -> [UInt8] { [0x40] + text(field.name) + text(field.value) }

    /// An integer (section 5.1) with a prefix of some bits, those before it given.
    static func integer(_ value: Int, prefix bits: Int, _ first: UInt8 = 0) -> [UInt8] {
        let most = 1 << bits - 1
        guard value >= most else { return [first | UInt8(value)] }
        var bytes = [first | UInt8(most)]
        var rest = value - most
        while rest >= 128 {
            bytes.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func text(_ text: String) -> [UInt8] { integer(text.utf8.count, prefix: 7) + Array(text.utf8) }
}
