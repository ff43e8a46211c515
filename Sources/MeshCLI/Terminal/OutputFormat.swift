internal import ArgumentParser
internal import FoundationEssentials
internal import Yams

/// How a command prints what it found.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    /// Columns.
    case table
    /// More columns.
    case wide
    case json
    case yaml

    /// A value as JSON (two blanks of indentation, keys in order) or YAML, with the end of its last line; `nil` where
    /// a table is wanted.
    func text(of value: some Encodable) throws -> String? {
        switch self {
        case .table, .wide: return nil
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
        case .yaml:
            let encoder = YAMLEncoder()
            encoder.options = YAMLEncoder.Options(width: -1, sortKeys: true)
            return try encoder.encode(value)
        }
    }
}

extension Console {
    /// Prints a value as JSON or YAML, or as what `table` writes.
    func print(
        _ value: some Encodable, as format: OutputFormat, table: (_ isWide: Bool) throws -> Void
    ) throws {
        if let text = try format.text(of: value) { write(text) } else { try table(format == .wide) }
    }
}
