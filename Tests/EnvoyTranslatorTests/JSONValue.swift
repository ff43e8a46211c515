/// A JSON value, written so that a person can review it.
enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// The value in text: members sorted by name, what fits a line on one line.
    func text(indent: Int = 0) -> String {
        let line = line
        if line.count + indent <= 110 { return line }
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .list(let items):
            let lines = items.map { "\(margin)  \($0.text(indent: indent + 2))" }
            return "[\n\(lines.joined(separator: ",\n"))\n\(margin)]"
        case .object(let members):
            let lines = members.sorted { $0.key < $1.key }.map { name, value in
                "\(margin)  \(Self.quoted(name)): \(value.text(indent: indent + 2))"
            }
            return "{\n\(lines.joined(separator: ",\n"))\n\(margin)}"
        default: return line
        }
    }

    private var line: String {
        switch self {
        case .null: return "null"
        case .boolean(let value): return "\(value)"
        case .number(let value): return value == value.rounded() ? "\(Int64(value))" : "\(value)"
        case .text(let text): return Self.quoted(text)
        case .list(let items): return "[\(items.map(\.line).joined(separator: ", "))]"
        case .object(let members):
            let parts = members.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)): \($0.value.line)" }
            return "{\(parts.joined(separator: ", "))}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}

extension JSONValue: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}

extension JSONValue {
    /// What makes `old` this value: a merge patch (RFC 7396), in which also a list of unchanged length is patched,
    /// by the places of its elements; `nil` if they are equal.
    func difference(from old: JSONValue) -> JSONValue? {
        guard self != old else { return nil }
        switch (self, old) {
        case (.object(let new), .object(let old)):
            var patch: [String: JSONValue] = [:]
            for (name, value) in new {
                if let former = old[name] { patch[name] = value.difference(from: former) } else { patch[name] = value }
            }
            for name in old.keys where new[name] == nil { patch[name] = .null }
            return .object(patch)
        case (.list(let new), .list(let old)) where new.count == old.count && new.contains(where: \.isComposite):
            var patch: [String: JSONValue] = [:]
            for (index, (value, former)) in zip(new, old).enumerated() {
                patch["[\(index)]"] = value.difference(from: former)
            }
            return .object(patch)
        default: return self
        }
    }

    private var isComposite: Bool {
        switch self {
        case .list, .object: true
        default: false
        }
    }

    /// The length of the text on one line.
    var length: Int { line.utf8.count }
}
