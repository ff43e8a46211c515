import NIOCore
import Testing

@testable import XDSServer

@Suite("Messages of gRPC in the bytes of a stream")
struct MessageFramingTests {
    private static let limit = 1_000

    private static func frame(_ message: [UInt8], flag: UInt8 = 0, length: Int? = nil) -> [UInt8] {
        let length = UInt32(length ?? message.count)
        return [flag] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + message
    }

    /// What comes out of bytes that arrive in parts of a size.
    private static func read(_ bytes: [UInt8], inPartsOf size: Int) throws -> (messages: [[UInt8]], isWithin: Bool) {
        var framing = MessageFraming(limit: limit)
        var messages: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            var part = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
            framing.append(&part)
            while let message = try framing.next() { messages.append(message) }
        }
        return (messages, framing.isWithinMessage)
    }

    @Test("come whole and in order, however the bytes are cut and joined", arguments: [1, 2, 4, 5, 6, 7, 64, 10_000])
    func parts(size: Int) throws {
        let messages = [[1], [], Array(repeating: 2, count: 300), [3, 0, 0, 0, 0], []] as [[UInt8]]
        let all = messages.flatMap { Self.frame($0) }
        let read = try Self.read(all, inPartsOf: size)
        #expect(read.messages == messages)
        #expect(!read.isWithin)
        // Whatever is missing at the end, a message has begun.
        for missing in 1..<5 {
            let read = try Self.read(Array(all.dropLast(missing)), inPartsOf: size)
            #expect(read.messages == messages.dropLast())
            #expect(read.isWithin)
        }
    }

    @Test("nothing is no message, and has begun none")
    func nothing() throws {
        var framing = MessageFraming(limit: Self.limit)
        var empty = ByteBuffer()
        framing.append(&empty)
        #expect(try framing.next() == nil)
        #expect(!framing.isWithinMessage)
    }

    @Test("of the greatest length is taken, and one byte more is refused by its prefix, before it arrives")
    func length() throws {
        let greatest = [UInt8](repeating: 7, count: Self.limit)
        #expect(try Self.read(Self.frame(greatest), inPartsOf: 100).messages == [greatest])
        for length in [Self.limit + 1, Int(UInt32.max)] {
            let status = #expect(throws: StreamStatus.self) {
                _ = try Self.read(Self.frame([], length: length), inPartsOf: 10_000)
            }
            #expect(status?.code == .resourceExhausted)
            #expect(status?.message.contains("\(Self.limit)") == true)
        }
    }

    @Test(
        "that is compressed, or begins with what nobody knows, ends the stream; what came before is taken",
        arguments: [(1, .unimplemented), (2, .internalError), (0xff, .internalError)] as [(UInt8, StreamStatus.Code)])
    func flags(flag: UInt8, code: StreamStatus.Code) throws {
        var framing = MessageFraming(limit: Self.limit)
        var bytes = ByteBuffer(bytes: Self.frame([1]) + Self.frame([2], flag: flag))
        framing.append(&bytes)
        #expect(try framing.next() == [1])
        let status = #expect(throws: StreamStatus.self) { _ = try framing.next() }
        #expect(status?.code == code)
        // And by its first byte alone nobody is judged: the length is part of the prefix.
        let short = try Self.read(Array(Self.frame([2], flag: flag).prefix(4)), inPartsOf: 1)
        #expect(short.messages.isEmpty)
        #expect(short.isWithin)
    }
}
