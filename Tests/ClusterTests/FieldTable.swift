import Foundation

/// The tables of a page of the documentation, as lists of cells by heading.
struct FieldTable {
    struct Row {
        /// The heading above the table.
        let section: String
        let cells: [String]

        /// The field, without the marks of code.
        var field: String { cells.first.map { $0.replacing("`", with: "") } ?? "" }
    }

    /// The rows without those that name columns.
    let rows: [Row]

    /// Reads a page.
    init(_ page: String) {
        var section = ""
        var rows: [Row] = []
        for line in page.split(separator: "\n").map(String.init) {
            if line.hasPrefix("#") { section = line.drop { "# ".contains($0) }.trimmingCharacters(in: .whitespaces) }
            guard line.hasPrefix("|") else { continue }
            // A bar inside a cell is written with a backslash.
            let cells = line.replacing("\\|", with: "\u{0}").split(separator: "|", omittingEmptySubsequences: false)
                .dropFirst().dropLast()
                .map { $0.replacing("\u{0}", with: "|").trimmingCharacters(in: .whitespaces) }
            rows.append(Row(section: section, cells: cells))
        }
        self.rows = rows.filter { $0.field != "field" && !$0.field.hasPrefix("--") }
    }
}

/// The fields that a schema describes, as the documentation writes them: `backends[].port.number`.
enum SchemaPaths {
    /// The paths of the fields that have no fields of their own.
    static func all(of schema: Tree, at path: String = "") -> [String] {
        if let properties = schema["properties"].map, !properties.isEmpty {
            return properties.sorted { $0.key < $1.key }.flatMap { name, field in
                all(of: field, at: path.isEmpty ? name : "\(path).\(name)")
            }
        }
        guard schema["type"] == "array" else { return [path] }
        return all(of: schema["items"], at: path + "[]")
    }
}
