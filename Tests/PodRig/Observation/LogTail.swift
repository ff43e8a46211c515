import Foundation

/// The lines that a program has added to a file since the last look.
struct LogTail {
    let path: String
    private var offset: UInt64 = 0
    private var unfinished: [UInt8] = []

    /// A tail from the start of the file, which need not exist yet.
    init(path: String) { self.path = path }

    /// A tail that leaves out what is there already.
    init(after path: String) {
        self.path = path
        _ = newLines()
    }

    /// The complete lines that are new, in their order.
    mutating func newLines() -> [String] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: offset)) != nil, let added = try? file.readToEnd() else { return [] }
        offset += UInt64(added.count)
        unfinished += added
        var lines = unfinished.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let rest = lines.popLast() ?? []
        defer { unfinished = Array(rest) }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }
}
