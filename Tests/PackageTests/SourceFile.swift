import Foundation

/// A Swift file of the package.
struct SourceFile {
    /// Where it is, from the package's root.
    let path: String
    let text: String

    /// Whether a generator wrote it.
    var isGenerated: Bool { path.contains("/Generated/") }
    /// The lines, without what stands in comments and in literal text.
    var codeLines: [Substring] { SwiftCode(text).code.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The modules that the file imports.
    var imports: [String] {
        codeLines.compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let place = words.firstIndex(of: "import"), words.count > place + 1,
                words[..<place].allSatisfy(Self.isImportModifier)
            else { return nil }
            // `import struct Module.Name` and `import Module.Part` are imports of the module.
            let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
            let name = kinds.contains(words[place + 1]) && words.count > place + 2 ? words[place + 2] : words[place + 1]
            return name.split(separator: ".").first.map(String.init)
        }
    }

    private static func isImportModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }
}

/// The files of the package on disk.
enum Checkout {
    /// The package's root.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The text of a file by its path from the root.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The Swift files below some directories, sorted by path.
    static func swiftFiles(_ directories: String...) throws -> [SourceFile] {
        try directories.flatMap { directory in
            let base = root.appending(path: directory).path
            let names = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
            return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
                SourceFile(path: "\(directory)/\(name)", text: try text("\(directory)/\(name)"))
            }
        }
    }
}
