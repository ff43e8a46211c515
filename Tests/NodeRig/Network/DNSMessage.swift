import Glibc
import NIOCore

/// A question for the addresses of a name, and its answer (RFC 1035).
struct DNSMessage: Sendable {
    /// The types of records that are answered.
    enum RecordType { static let a = 1, aaaa = 28, any = 255 }

    /// What is said of a name.
    enum Answer: Sendable {
        case addresses([String])
        /// There is no such name.
        case missing
        /// The question cannot be read.
        case malformed
    }

    /// How long an answer may be kept, in seconds.
    private static let timeToLive: UInt32 = 5

    private let identifier: UInt16
    private let flags: UInt16
    private let question: [UInt8]
    /// The name, in small letters, without a dot at its end.
    let name: String
    let type: Int

    /// Reads a message with one question.
    init?(_ message: ByteBuffer) {
        var buffer = message
        guard let identifier = buffer.readInteger(as: UInt16.self), let flags = buffer.readInteger(as: UInt16.self),
            let counts = buffer.readBytes(length: 8), counts[0] == 0, counts[1] == 1
        else { return nil }
        let start = buffer.readerIndex
        var labels: [String] = []
        while let length = buffer.readInteger(as: UInt8.self) {
            if length == 0 {
                guard let type = buffer.readInteger(as: UInt16.self), buffer.readInteger(as: UInt16.self) == 1
                else { return nil }
                self.identifier = identifier
                self.flags = flags
                self.type = Int(type)
                name = labels.joined(separator: ".").lowercased()
                let end = buffer.readerIndex
                question = message.getBytes(at: start, length: end - start) ?? []
                return
            }
            guard length < 64, let label = buffer.readString(length: Int(length)) else { return nil }
            labels.append(label)
        }
        return nil
    }

    /// The message that answers.
    ///
    /// - Parameter limit: The most bytes that it may have; a longer one is cut, and says so.
    func answer(_ answer: Answer, limit: Int) -> ByteBuffer {
        var records: [[UInt8]] = []
        var code: UInt16 = 0
        switch answer {
        case .addresses(let addresses):
            for address in addresses {
                let isV6 = address.contains(":")
                var bytes = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
                guard inet_pton(isV6 ? AF_INET6 : AF_INET, address, &bytes) == 1 else { continue }
                let own = isV6 ? RecordType.aaaa : RecordType.a
                if type == own || type == RecordType.any { records.append(record(own, bytes)) }
            }
        case .missing: code = 3
        case .malformed: code = 4
        }
        let space = max(0, (limit - 12 - question.count) / 28)
        let isCut = records.count > space
        // A response with authority, for whoever wished recursion too.
        let answerFlags: UInt16 = 0x8480 | (flags & 0x7900) | (isCut ? 0x0200 : 0) | code
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(
            identifier, answerFlags, UInt16(1), UInt16(min(records.count, space)), UInt16(0), UInt16(0))
        buffer.writeBytes(question)
        for record in records.prefix(space) { buffer.writeBytes(record) }
        return buffer
    }

    private func record(_ type: Int, _ data: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        // The name is that of the question, at byte 12.
        buffer.writeMultipleIntegers(
            UInt16(0xC00C), UInt16(type), UInt16(1), Self.timeToLive, UInt16(data.count))
        buffer.writeBytes(data)
        return Array(buffer.readableBytesView)
    }
}
