internal import NIOCore

/// Cuts a stream of bytes into frames: the length of each stands before it, in four bytes, the greatest first.
///
/// Source: `k8s.io/apimachinery/pkg/util/framer`.
struct FrameSplitter {
    /// A frame is longer than the limit.
    struct FrameTooLong: Error, Equatable {
        let limit: Int
    }

    /// The longest frame that is taken, in bytes, without its length.
    let limit: Int
    private var rest = ByteBuffer()

    /// A splitter at the beginning of a stream.
    init(limit: Int) { self.limit = limit }

    /// The number of bytes that wait for the end of their frame.
    var pendingBytes: Int { rest.readableBytes }

    /// The frames that end in the next bytes, in order, without their lengths.
    ///
    /// - Throws: ``FrameTooLong``; the stream cannot be followed any further.
    mutating func append(_ bytes: ByteBuffer) throws(FrameTooLong) -> [ByteBuffer] {
        var bytes = bytes
        if rest.readableBytes == 0 {
            rest = bytes
        } else {
            rest.writeBuffer(&bytes)
        }
        var frames: [ByteBuffer] = []
        while let length = rest.getInteger(at: rest.readerIndex, as: UInt32.self) {
            guard length <= limit else { throw FrameTooLong(limit: limit) }
            guard let frame = rest.getSlice(at: rest.readerIndex + 4, length: Int(length)) else { break }
            rest.moveReaderIndex(forwardBy: 4 + Int(length))
            frames.append(frame)
        }
        // What is left moves to memory of its own, so that it does not hold on to what was given out.
        if !frames.isEmpty { rest = rest.readableBytes == 0 ? ByteBuffer() : ByteBuffer(bytes: rest.readableBytesView) }
        return frames
    }
}
