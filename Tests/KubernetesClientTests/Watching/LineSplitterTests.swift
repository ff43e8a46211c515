import NIOCore
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("Lines of a stream")
struct LineSplitterTests {
    private func split(_ parts: [String], limit: Int = 100) throws -> [String] {
        var splitter = LineSplitter(limit: limit)
        return try parts.flatMap { part in
            try splitter.append(ByteBuffer(string: part)).map { String(buffer: $0) }
        }
    }

    @Test("Are cut at their ends, wherever the bytes were cut")
    func cuts() throws {
        let text = "{\"a\":1}\n{}\n\n{\"bb\":\"ü\"}\n"
        let bytes = Array(text.utf8)
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            var splitter = LineSplitter(limit: 100)
            var lines: [String] = []
            var start = 0
            while start < bytes.count {
                let end = min(start + Int.random(in: 1...9, using: &generator), bytes.count)
                lines += try splitter.append(ByteBuffer(bytes: bytes[start..<end])).map { String(buffer: $0) }
                start = end
            }
            #expect(lines == ["{\"a\":1}", "{}", "{\"bb\":\"ü\"}"])
            #expect(splitter.pendingBytes == 0)
        }
    }

    @Test("Are not given out before their end")
    func pending() throws {
        var splitter = LineSplitter(limit: 100)
        #expect(try splitter.append(ByteBuffer(string: "abc")) == [])
        #expect(splitter.pendingBytes == 3)
        #expect(try splitter.append(ByteBuffer(string: "d\ne")).map { String(buffer: $0) } == ["abcd"])
        #expect(splitter.pendingBytes == 1)
    }

    @Test("Are as long as the limit at most, whether they end or not")
    func limit() throws {
        #expect(try split(["12345\n"], limit: 5) == ["12345"])
        #expect(try split(["123", "45", "\n"], limit: 5) == ["12345"])
        #expect(throws: LineSplitter.LineTooLong(limit: 5)) { try split(["123456\n"], limit: 5) }
        #expect(throws: LineSplitter.LineTooLong(limit: 5)) { try split(["123", "456"], limit: 5) }
        #expect(throws: LineSplitter.LineTooLong(limit: 5)) { try split(["1\n", "2\n123456"], limit: 5) }
    }
}
