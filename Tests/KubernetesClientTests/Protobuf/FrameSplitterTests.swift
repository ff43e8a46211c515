import NIOCore
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("Frames of a stream")
struct FrameSplitterTests {
    private static func framed(_ texts: [String]) -> [UInt8] {
        texts.flatMap { text in
            var frame = ByteBuffer()
            frame.writeInteger(UInt32(text.utf8.count))
            frame.writeString(text)
            return Array(frame.readableBytesView)
        }
    }

    @Test("Are cut by their lengths, wherever the bytes were cut")
    func cuts() throws {
        let texts = ["one", "", String(repeating: "x", count: 300), "ü"]
        let bytes = Self.framed(texts)
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            var splitter = FrameSplitter(limit: 300)
            var frames: [String] = []
            var start = 0
            while start < bytes.count {
                let end = min(start + Int.random(in: 1...90, using: &generator), bytes.count)
                frames += try splitter.append(ByteBuffer(bytes: bytes[start..<end])).map { String(buffer: $0) }
                start = end
            }
            #expect(frames == texts)
            #expect(splitter.pendingBytes == 0)
        }
    }

    @Test("Are refused by their length alone when they are too long")
    func tooLong() throws {
        var splitter = FrameSplitter(limit: 300)
        #expect(try splitter.append(ByteBuffer(bytes: [0, 0, 1, 44])) == [])
        #expect(splitter.pendingBytes == 4)
        splitter = FrameSplitter(limit: 300)
        #expect(throws: FrameSplitter.FrameTooLong(limit: 300)) {
            try splitter.append(ByteBuffer(bytes: [0, 0, 1, 45]))
        }
        // What is no frame at all, such as a page of HTML, says that it is one of a gigabyte.
        splitter = FrameSplitter(limit: 16 << 20)
        #expect(throws: FrameSplitter.FrameTooLong.self) { try splitter.append(ByteBuffer(string: "<html>")) }
    }

    @Test("A frame of many megabytes costs no more than its length")
    func longFrame() throws {
        var splitter = FrameSplitter(limit: 16 << 20)
        var frames = try splitter.append(ByteBuffer(integer: UInt32(4096 * 4000))).count
        let part = ByteBuffer(repeating: UInt8(ascii: "x"), count: 4096)
        for _ in 0..<4000 { frames += try splitter.append(part).count }
        #expect(frames == 1)
        #expect(splitter.pendingBytes == 0)
    }
}
