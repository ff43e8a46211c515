import NIOCore

/// The lines of a connection, one after another.
struct LineIterator {
    private var input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var unread = ByteBuffer()
    /// How many bytes have come, in lines or not.
    private(set) var byteCount = 0
    /// The first 2 KB of what has come.
    private(set) var start: [UInt8] = []

    init(_ input: NIOAsyncChannelInboundStream<ByteBuffer>) { self.input = input.makeAsyncIterator() }

    /// The next line without its newline; `nil` once the peer has ended the connection.
    ///
    /// - Throws: what ended the connection otherwise.
    mutating func next() async throws -> String? {
        while true {
            if let newline = unread.readableBytesView.firstIndex(of: UInt8(ascii: "\n")),
                let line = unread.readString(length: newline - unread.readerIndex)
            {
                unread.moveReaderIndex(forwardBy: 1)
                unread.discardReadBytes()
                return line
            }
            guard var bytes = try await input.next(isolation: #isolation) else { return nil }
            byteCount += bytes.readableBytes
            start += bytes.readableBytesView.prefix(2_048 - start.count)
            unread.writeBuffer(&bytes)
        }
    }
}

extension NIOAsyncChannelOutboundWriter<ByteBuffer> {
    /// Writes a text and a newline.
    func write(line: String) async throws { try await write(ByteBuffer(string: line + "\n")) }
}
