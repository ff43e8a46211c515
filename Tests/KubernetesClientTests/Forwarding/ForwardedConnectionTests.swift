import NIOCore
import Testing

@testable import KubernetesClient

@Suite("A connection forwarded to a pod")
struct ForwardedConnectionTests {
    /// A frame as the other side sends it.
    private func frame(_ head: UInt32, flags: UInt32 = 0, _ body: [UInt8] = []) -> ByteBuffer {
        var buffer = ByteBuffer(integer: head)
        buffer.writeInteger(flags << 24 | UInt32(body.count))
        buffer.writeBytes(body)
        return buffer
    }

    private func number(_ number: UInt32) -> [UInt8] { Array(ByteBuffer(integer: number).readableBytesView) }

    @Test("begins with a stream for errors, ended at once, and one for data")
    func opening() {
        var connection = ForwardedConnection()
        var bytes = connection.opening(port: 15000)
        var heads: [[UInt32]] = []
        var blocks: [[UInt8]] = []
        while let head = bytes.readInteger(as: UInt32.self), let rest = bytes.readInteger(as: UInt32.self) {
            let length = Int(rest & 0xFF_FFFF)
            let body = bytes.readBytes(length: length) ?? []
            #expect(body.count == length)
            heads.append([head, rest >> 24])
            if head == 0x8003_0001 { blocks.append(body) }
        }
        #expect(heads == [[0x8003_0001, 0], [1, 1], [0x8003_0001, 0]])
        #expect(bytes.readableBytes == 0)
        // The number of the stream, none that it belongs to, no priority.
        #expect(
            blocks.map { Array($0.prefix(10)) } == [[0, 0, 0, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 3, 0, 0, 0, 0, 0, 0]])
        // Only the first block has zlib's header with the checksum of the dictionary.
        let zlib: [UInt8] = [0x78, 0x20, 0xE3, 0xC6, 0xA7, 0xC2]
        #expect(Array(blocks[0].dropFirst(10).prefix(6)) == zlib)
        let headers = blocks.enumerated().map { index, block in
            stored(Array(block.dropFirst(index == 0 ? 16 : 10)))
        }
        #expect(
            headers == [
                ["streamtype", "error", "port", "15000", "requestid", "0"],
                ["streamtype", "data", "port", "15000", "requestid", "0"],
            ])
    }

    /// The names and values of a block that is stored and not compressed.
    private func stored(_ bytes: [UInt8]) -> [String] {
        var buffer = ByteBuffer(bytes: bytes)
        var content = ByteBuffer()
        while let kind = buffer.readInteger(as: UInt8.self) {
            #expect(kind == 0)
            let length = buffer.readInteger(endianness: .little, as: UInt16.self) ?? 0
            let complement = buffer.readInteger(endianness: .little, as: UInt16.self)
            #expect(complement == ~length)
            content.writeBytes(buffer.readBytes(length: Int(length)) ?? [])
        }
        let count = content.readInteger(as: UInt32.self) ?? 0
        return (0..<count * 2).map { _ in
            content.readLengthPrefixedSlice(as: UInt32.self).map { String(buffer: $0) } ?? "nothing"
        }
    }

    @Test("hands over what the pod sends, however it is cut, until its end")
    func receiving() {
        var all = frame(0x8003_0002, number(3) + [1, 2, 3])
        all.writeImmutableBuffer(frame(3, Array("hello ".utf8)))
        all.writeImmutableBuffer(frame(3, flags: 1, Array("world".utf8)))
        for size in [1, 3, 7, all.readableBytes] {
            var connection = ForwardedConnection()
            var (text, ends) = ("", 0)
            var rest = all
            while let piece = rest.readSlice(length: min(size, rest.readableBytes)), piece.readableBytes > 0 {
                for event in connection.receive(piece) {
                    switch event {
                    case .received(let bytes): text += String(buffer: bytes)
                    case .ended: ends += 1
                    default: Issue.record("\(event)")
                    }
                }
            }
            #expect(text == "hello world")
            #expect(ends == 1)
        }
    }

    @Test("fails in the words of the node")
    func failing() {
        var connection = ForwardedConnection()
        #expect(connection.receive(frame(1, Array("connection ".utf8))) == [])
        #expect(
            connection.receive(frame(1, flags: 1, Array("refused".utf8))) == [.failed("connection refused")])
        var silent = ForwardedConnection()
        // An end of the stream for errors without a word is no error.
        #expect(silent.receive(frame(1, flags: 1)) == [])
        #expect(silent.receive(frame(0x8003_0003, number(3) + number(1))) == [.ended])
    }

    @Test("answers pings and takes an end of the connection for the end of the stream")
    func control() {
        var connection = ForwardedConnection()
        let ping = frame(0x8003_0006, number(7))
        #expect(connection.receive(ping) == [.answer(ping)])
        #expect(connection.receive(frame(0x8003_0004, [0, 0, 0, 0])) == [])
        #expect(connection.receive(frame(0x8003_0007, number(0))) == [.ended])
    }

    @Test("takes nothing that is no frame of it, and does not wait for what such a frame announces")
    func malformed() {
        func lengthy(_ head: UInt32, _ length: UInt32) -> ByteBuffer {
            var buffer = ByteBuffer(integer: head)
            buffer.writeInteger(length)
            return buffer
        }
        let failure = [ForwardedConnection.Event.failed("the answer is not SPDY/3.1")]
        for bytes in [
            ByteBuffer(string: "HTTP/1.1 200 OK"), lengthy(0x8003_0002, 0xFF_FFFF), lengthy(0x8002_0002, 8),
            frame(5, [1]), frame(0, [1]),
        ] {
            var connection = ForwardedConnection()
            #expect(connection.receive(bytes) == failure)
        }
        var connection = ForwardedConnection()
        #expect(connection.receive(lengthy(3, 0xFF_FFFF)) == [])
        // What came whole before counts.
        var mixed = frame(3, [65])
        mixed.writeImmutableBuffer(frame(7))
        var other = ForwardedConnection()
        #expect(other.receive(mixed) == [.received(ByteBuffer(bytes: [65]))] + failure)
    }

    @Test("keeps only the beginning of an endless complaint")
    func complaining() {
        var connection = ForwardedConnection()
        for _ in 0..<100 { #expect(connection.receive(frame(1, Array(repeating: 65, count: 60_000))) == []) }
        let last = connection.receive(frame(1, flags: 1))
        guard case .failed(let words)? = last.first else {
            Issue.record("\(last)")
            return
        }
        #expect(words.utf8.count == 4096)
    }

    @Test("sends data and its end")
    func sending() {
        let connection = ForwardedConnection()
        #expect(connection.sending(ByteBuffer(string: "ab")) == frame(3, Array("ab".utf8)))
        #expect(connection.ending() == frame(3, flags: 1))
    }

    @Test("The body of an answer is read by its length, or from its chunks")
    func bodies() throws {
        func head(_ field: String) throws -> AnswerHead {
            try #require(AnswerHead(Array("HTTP/1.1 403 Forbidden\r\n\(field)\r\n\r\n".utf8)))
        }
        let chunks = Array("3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n".utf8)
        let chunked = try head("Transfer-Encoding: chunked")
        #expect(chunked.isComplete(chunks))
        #expect(!chunked.isComplete(Array(chunks.dropLast())))
        #expect(String(decoding: chunked.body(chunks), as: UTF8.self) == "abc0123456789")
        let endless = Array("7fffffffffffffff\r\nabc".utf8)
        #expect(chunked.body(endless) == Array("abc".utf8))
        let measured = try head("content-length: 3")
        #expect(measured.isComplete(Array("abc".utf8)))
        #expect(!measured.isComplete(Array("ab".utf8)))
        #expect(measured.body([1, 2]) == [1, 2])
        #expect(try !head("X: y").isComplete([1]))
    }

    @Test(
        "The head of an answer is read once it is complete",
        arguments: [
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n\r\nrest", 101, nil),
            ("HTTP/1.1 403 Forbidden\r\ncontent-length: 12\r\nX: y\r\n\r\n", 403, 12),
        ] as [(String, Int, Int?)])
    func answers(text: String, status: Int, length: Int?) throws {
        let head = try #require(AnswerHead(Array(text.utf8)))
        #expect(head.status == status)
        #expect(head.contentLength == length)
        #expect(
            String(decoding: Array(text.utf8).dropFirst(head.length), as: UTF8.self) == (length == nil ? "rest" : ""))
        #expect(AnswerHead(Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n".utf8)) == nil)
    }
}
