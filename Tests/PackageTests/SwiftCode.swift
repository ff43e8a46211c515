/// Swift text of which comments and literal text are blanked out, line by line as it was.
///
/// Expressions inside of literal text count as text. That is enough to find words of the language.
struct SwiftCode {
    private(set) var code = ""
    private var rest: Substring

    init(_ text: String) {
        rest = Substring(text)
        while !rest.isEmpty {
            if rest.hasPrefix("//") {
                skip(upTo: "\n")
            } else if rest.hasPrefix("/*") {
                skipComment()
            } else if let hashes = openingHashes {
                skipLiteral(hashes)
                code.append("\"\"")
            } else {
                code.append(rest.removeFirst())
            }
        }
    }

    /// The number of `#` before the quote that stands here; `nil` if no literal begins here.
    private var openingHashes: Int? {
        let hashes = rest.prefix { $0 == "#" }.count
        return rest.dropFirst(hashes).first == "\"" ? hashes : nil
    }

    /// Drops a character; the ends of lines stay.
    private mutating func drop(_ count: Int = 1) {
        for character in rest.prefix(count) where character.isNewline { code.append("\n") }
        rest = rest.dropFirst(count)
    }

    private mutating func skip(upTo end: Character) {
        rest = rest.drop { $0 != end }
    }

    private mutating func skipComment() {
        var depth = 0
        repeat {
            if rest.hasPrefix("/*") {
                depth += 1
                drop(2)
            } else if rest.hasPrefix("*/") {
                depth -= 1
                drop(2)
            } else {
                drop()
            }
        } while depth > 0 && !rest.isEmpty
    }

    private mutating func skipLiteral(_ hashes: Int) {
        drop(hashes)
        let marks = String(repeating: "#", count: hashes)
        let isMultiline = rest.hasPrefix("\"\"\"")
        let quote = isMultiline ? "\"\"\"" : "\""
        drop(quote.count)
        while !rest.isEmpty, !rest.hasPrefix(quote + marks) {
            if rest.hasPrefix("\\\(marks)(") {
                drop(hashes + 2)
                skipExpression()
            } else if rest.hasPrefix("\\\(marks)") {
                drop(hashes + 2)
            } else {
                drop()
            }
        }
        drop(quote.count + hashes)
    }

    /// Skips an expression in literal text up to its closing parenthesis.
    private mutating func skipExpression() {
        var depth = 1
        while depth > 0, let character = rest.first {
            if let hashes = openingHashes {
                skipLiteral(hashes)
                continue
            }
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            drop()
        }
    }
}
