/// The fields of a protobuf message, in the order of its bytes, without copying them.
///
/// Only those of bytes are given: strings, messages. Others are passed over.
struct WireFields {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ message: UnsafeRawBufferPointer) { rest = message[...] }

    /// The bytes are no message.
    struct Malformed: Error {}

    /// The next field's number and content; `nil` at the end.
    mutating func next() throws(Malformed) -> (number: Int, content: UnsafeRawBufferPointer)? {
        while !rest.isEmpty {
            let tag = try number()
            switch tag & 7 {
            case 0: _ = try number()
            case 1: _ = try take(8)
            case 2: return (Int(tag >> 3), try take(number()))
            case 5: _ = try take(4)
            default: throw Malformed()
            }
        }
        return nil
    }

    private mutating func number() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = rest.popFirst() else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw Malformed()
    }

    private mutating func take(_ count: UInt64) throws(Malformed) -> UnsafeRawBufferPointer {
        guard count <= UInt64(rest.count) else { throw Malformed() }
        let taken = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        return UnsafeRawBufferPointer(rebasing: taken)
    }
}
