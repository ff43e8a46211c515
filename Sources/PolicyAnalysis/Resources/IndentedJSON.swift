/// Lays out a text of JSON in lines, the members of objects in the order of their names.
///
/// Messages are not written in one order: the fields of maps in envelopes come as they are hashed, which differs from
/// process to process.
struct IndentedJSON {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    private init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// The same value, each member and element on a line of its own.
    ///
    /// - Parameters:
    ///   - compact: JSON without white space between its parts.
    ///   - margin: How far all lines but the first are indented.
    static func text(_ compact: String, margin: Int) -> String {
        var reader = IndentedJSON(compact)
        return reader.takeValue(margin: margin)
    }

    private mutating func takeValue(margin: Int) -> String {
        switch next {
        case "{":
            var members: [(name: String, value: String)] = []
            takeParts(until: "}") { reader in
                let name = reader.takeText()
                reader.position += 1
                members.append((name, reader.takeValue(margin: margin + 2)))
            }
            members.sort { $0.name < $1.name }
            return Self.block("{", members.map { "\($0.name): \($0.value)" }, "}", margin)
        case "[":
            var elements: [String] = []
            takeParts(until: "]") { reader in elements.append(reader.takeValue(margin: margin + 2)) }
            return Self.block("[", elements, "]", margin)
        case "\"": return takeText()
        default:
            var word = ""
            while let scalar = next, !",}]".unicodeScalars.contains(scalar) {
                word.unicodeScalars.append(scalar)
                position += 1
            }
            return word
        }
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    /// Takes what stands in brackets, part by part, and the brackets.
    private mutating func takeParts(until end: Unicode.Scalar, _ take: (inout IndentedJSON) -> Void) {
        position += 1
        while let scalar = next, scalar != end {
            if scalar == "," {
                position += 1
            } else {
                take(&self)
            }
        }
        position += 1
    }

    /// Takes a text with its quotation marks.
    private mutating func takeText() -> String {
        var text = ""
        var isEscaped = false
        while let scalar = next {
            position += 1
            text.unicodeScalars.append(scalar)
            if scalar == "\"", !isEscaped, text.unicodeScalars.count > 1 { break }
            isEscaped = !isEscaped && scalar == "\\"
        }
        return text
    }

    private static func block(_ start: String, _ parts: [String], _ end: String, _ margin: Int) -> String {
        guard !parts.isEmpty else { return start + end }
        let indentation = String(repeating: " ", count: margin + 2)
        let lines = parts.map { indentation + $0 }.joined(separator: ",\n")
        return "\(start)\n\(lines)\n\(String(repeating: " ", count: margin))\(end)"
    }
}
