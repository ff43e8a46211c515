import Foundation

/// The files of this checkout.
enum Checkout {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func path(_ file: String) -> String { root.appending(path: file).path }

    static func text(_ file: String) throws -> String { try String(contentsOfFile: path(file), encoding: .utf8) }

    /// The names of the YAML files of a directory, sorted.
    static func manifests(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(directory)).filter { $0.hasSuffix(".yaml") }.sorted()
    }
}
