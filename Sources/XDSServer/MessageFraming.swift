internal import NIOCore

/// Takes messages of gRPC out of the bytes of a stream: each follows a byte that says whether it is compressed, and its
/// length in four.
struct MessageFraming {
    /// The bytes before each message.
    static let prefix = 5

    private let limit: Int
    private var received = ByteBuffer()

    /// Whether a message has begun and is not whole.
    var isWithinMessage: Bool { received.readableBytes > 0 }

    /// - Parameter limit: How many bytes a message has at most. What is longer is refused by its prefix, before it arrives.
    init(limit: Int) { self.limit = limit }

    /// Takes up bytes that arrived.
    mutating func append(_ bytes: inout ByteBuffer) {
        if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
    }

    /// The next whole message; `nil` until more arrives.
    ///
    /// - Throws: The status with which the stream ends, if it is none that the server takes.
    mutating func next() throws(StreamStatus) -> [UInt8]? {
        let start = received.readerIndex
        guard let flag = received.getInteger(at: start, as: UInt8.self),
            let length = received.getInteger(at: start + 1, as: UInt32.self)
        else { return nil }
        guard flag == 0 else {
            throw flag == 1
                ? StreamStatus(code: .unimplemented, message: "the message is compressed, which was not offered")
                : StreamStatus(code: .internalError, message: "a message begins with \(flag), not with 0 or 1")
        }
        guard Int(length) <= limit else {
            throw StreamStatus(code: .resourceExhausted, message: "a request has at most \(limit) bytes")
        }
        guard let message = received.getBytes(at: start + Self.prefix, length: Int(length)) else {
            received.discardReadBytes()
            return nil
        }
        received.moveReaderIndex(forwardBy: Self.prefix + Int(length))
        // What held a large request is not kept for the small ones that follow.
        if received.readableBytes == 0 { received = ByteBuffer() }
        return message
    }
}
