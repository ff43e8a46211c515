import FoundationEssentials
import Glibc
import Synchronization

/// Standard output, one JSON object to a line.
enum JSONLine {
    private static let output = Mutex(())

    /// Writes `value` and a newline, whole and at once: no other line comes between, nothing stays in a buffer.
    static func write(_ value: some Encodable) throws {
        let line = try encode(value) + [UInt8(ascii: "\n")]
        try output.withLock { _ in
            var rest = line[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw Failure(word: "other: standard output is closed", detail: nil) }
                rest = rest.dropFirst(written)
            }
        }
    }

    /// The JSON of `value`, its keys sorted.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try [UInt8](encoder.encode(value))
    }

    /// Now, in seconds since 1970 with milliseconds.
    static func timestamp() -> Double { (Date().timeIntervalSince1970 * 1_000).rounded() / 1_000 }
}
