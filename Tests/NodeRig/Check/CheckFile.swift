import Foundation

/// Files that pods leave behind on the node.
enum CheckFile {
    /// The words of a file, with one blank between them.
    static func words(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
