/// Rows of text in aligned columns, as the original prints them.
///
/// A column is as wide as its longest text and three blanks, at least six characters; the last one ends with its text.
/// Source: the original's settings of Go's `text/tabwriter`.
struct TextTable: CustomStringConvertible {
    private static let leastWidth = 6
    private static let padding = 3

    private var rows: [[String]]

    /// A table with a header, in upper case.
    init(_ header: String...) { self.init(header) }

    /// A table with a header, in upper case.
    init(_ header: [String]) { rows = [header] }

    /// Adds a row; one text for each column.
    mutating func append(_ row: String...) { rows.append(row) }

    /// Adds a row; one text for each column.
    mutating func append(_ row: [String]) { rows.append(row) }

    /// The lines, each with its end.
    var description: String {
        var widths: [Int] = []
        for row in rows {
            for (column, text) in row.enumerated() {
                let width = max(text.count + Self.padding, Self.leastWidth)
                if column < widths.count { widths[column] = max(widths[column], width) } else { widths.append(width) }
            }
        }
        return rows.map { row in
            var line = ""
            for (column, text) in row.enumerated() {
                line += text
                guard column < row.count - 1 else { continue }
                line += String(repeating: " ", count: widths[column] - text.count)
            }
            return line + "\n"
        }.joined()
    }
}
