internal import NIOCore

/// Cuts a stream of bytes into lines.
struct LineSplitter {
    /// A line is longer than the limit.
    struct LineTooLong: Error, Equatable {
        let limit: Int
    }

    /// The longest line that is taken, in bytes, without its end.
    let limit: Int
    private var rest = ByteBuffer()
    /// How many bytes of the rest are known to hold no end of a line.
    private var searched = 0

    /// A splitter at the beginning of a stream.
    init(limit: Int) { self.limit = limit }

    /// The number of bytes that wait for the end of their line.
    var pendingBytes: Int { rest.readableBytes }

    /// The lines that end in the next bytes, in order, without their ends; empty lines are left out.
    ///
    /// - Throws: ``LineTooLong``; the stream cannot be followed any further.
    mutating func append(_ bytes: ByteBuffer) throws(LineTooLong) -> [ByteBuffer] {
        var bytes = bytes
        if rest.readableBytes == 0 {
            rest = bytes
        } else {
            rest.writeBuffer(&bytes)
        }
        var lines: [ByteBuffer] = []
        while let end = rest.readableBytesView.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
            let length = end - rest.readerIndex
            guard length <= limit else { throw LineTooLong(limit: limit) }
            if length > 0, let line = rest.readSlice(length: length) { lines.append(line) }
            rest.moveReaderIndex(forwardBy: 1)
            searched = 0
        }
        searched = rest.readableBytes
        guard searched <= limit else { throw LineTooLong(limit: limit) }
        // What is left moves to memory of its own, so that it does not hold on to what was given out.
        if !lines.isEmpty { rest = rest.readableBytes == 0 ? ByteBuffer() : ByteBuffer(bytes: rest.readableBytesView) }
        return lines
    }
}
