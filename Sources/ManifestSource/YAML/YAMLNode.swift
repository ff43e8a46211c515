/// One value of a YAML document, with its line.
///
/// Unlike the parser's own nodes it is resolved once, by the rules that Kubernetes applies, holds aliases and merges
/// expanded, and is `Sendable`.
struct YAMLNode: Hashable, Sendable {
    /// An entry of a map.
    struct Field: Hashable, Sendable {
        let key: String
        /// The line of the key.
        let line: Int
        var value: YAMLNode
    }

    enum Value: Hashable, Sendable {
        case null
        case boolean(Bool)
        case integer(Int)
        /// A number with a fraction or exponent, or one that is too large for an integer.
        case number(Double)
        case text(String)
        case list([YAMLNode])
        /// The entries in the order of the document, no key twice.
        case map([Field])
    }

    var value: Value
    /// The line in the file, from 1.
    let line: Int
    /// Of a scalar without quotes, its text in the file.
    var written = ""

    /// The value at a key of a map; `nil` if it is absent or this is no map.
    subscript(key: String) -> YAMLNode? {
        guard case .map(let fields) = value else { return nil }
        return fields.first { $0.key == key }?.value
    }

    /// The text; `nil` if this is none.
    var text: String? {
        guard case .text(let text) = value else { return nil }
        return text
    }

    /// Whether this is null.
    var isNull: Bool { value == .null }

    /// This map with a value set at a key, after the others if the key is new; itself if it is no map.
    func setting(_ key: String, to new: YAMLNode) -> YAMLNode {
        guard case .map(var fields) = value else { return self }
        if let index = fields.firstIndex(where: { $0.key == key }) {
            fields[index].value = new
        } else {
            fields.append(Field(key: key, line: new.line, value: new))
        }
        return YAMLNode(value: .map(fields), line: line)
    }

    /// The value as messages write it: what it is and, of a scalar, its text.
    var summary: String {
        switch value {
        case .null: "null"
        case .boolean: "`\(written)` is a boolean"
        case .integer, .number: "`\(written)` is a number"
        case .text(let text): "`\(text)` is a text"
        case .list: "is a list"
        case .map: "is a map"
        }
    }
}
