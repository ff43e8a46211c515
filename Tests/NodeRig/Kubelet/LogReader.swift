import Foundation
import NIOCore

/// What a container printed.
struct LogReader: Sendable {
    /// The file.
    let path: String
    /// How many lines of its end are wanted; `nil` for all.
    let tail: Int?
    /// The run that still writes, if what it writes is wanted too.
    let followed: ContainerRun?

    /// Hands over the text, and then what is added to it.
    func read(_ write: (ByteBuffer) async throws -> Void) async throws {
        guard let file = FileHandle(forReadingAtPath: path) else { throw RigError("there is no log") }
        defer { try? file.close() }
        var text = try file.readToEnd() ?? Data()
        if let tail { text = Self.end(of: text, lines: tail) }
        try await write(ByteBuffer(bytes: text))
        guard let followed else { return }
        while true {
            // Asked before the file is read, so that nothing written last is missed.
            let hasEnded = followed.exited.current != nil
            let more = try file.readToEnd() ?? Data()
            if !more.isEmpty { try await write(ByteBuffer(bytes: more)) }
            if hasEnded { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func end(of text: Data, lines: Int) -> Data {
        var left = lines
        var start = text.endIndex
        if text.last == UInt8(ascii: "\n") { start -= 1 }
        guard lines > 0 else { return Data() }
        while start > text.startIndex {
            if text[start - 1] == UInt8(ascii: "\n") {
                left -= 1
                if left == 0 { break }
            }
            start -= 1
        }
        return text[start...]
    }
}
