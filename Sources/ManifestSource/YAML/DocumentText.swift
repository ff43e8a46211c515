/// The bytes of one YAML document of a file, before anything is parsed.
///
/// A file is cut at the lines that begin with `---`, which have no other meaning in YAML, so that a document that
/// cannot be parsed does not hide those after it.
struct DocumentText: Equatable {
    /// The line of the file on which the document's text begins, from 1: its `---` line, if it has one.
    let firstLine: Int
    /// The text, its `---` line included.
    let bytes: ArraySlice<UInt8>

    private static let separator = Array("---".utf8)

    /// The documents of a file, those that hold only comments and directives left out.
    static func split(_ file: [UInt8]) -> [DocumentText] {
        var texts: [DocumentText] = []
        var start = file.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var firstLine = 1
        var line = 1
        var position = start
        func close(at end: Int) {
            let text = DocumentText(firstLine: firstLine, bytes: file[start..<end])
            if text.hasContent { texts.append(text) }
        }
        while position < file.count {
            if isSeparator(file[position...]), position > start {
                close(at: position)
                start = position
                firstLine = line
            }
            guard let end = file[position...].firstIndex(of: UInt8(ascii: "\n")) else { break }
            position = end + 1
            line += 1
        }
        close(at: file.count)
        return texts
    }

    /// The line of the first thing that is no comment.
    var contentLine: Int {
        var line = firstLine
        for text in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if Self.isContent(text) { return line }
            line += 1
        }
        return firstLine
    }

    private var hasContent: Bool {
        bytes.split(separator: UInt8(ascii: "\n")).contains(where: Self.isContent)
    }

    private static func isSeparator(_ rest: ArraySlice<UInt8>) -> Bool {
        guard rest.starts(with: separator) else { return false }
        guard let next = rest.dropFirst(3).first else { return true }
        return isSpace(next) || next == UInt8(ascii: "\n")
    }

    private static func isContent(_ line: ArraySlice<UInt8>) -> Bool {
        var rest = line
        if isSeparator(rest) {
            rest = rest.dropFirst(3)
        } else if rest.first == UInt8(ascii: "%") {
            return false
        }
        guard let first = rest.first(where: { !isSpace($0) }) else { return false }
        return first != UInt8(ascii: "#")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
