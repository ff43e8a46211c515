/// What of RE2's syntax can be tried on a text here, for what authors are told: proxies decide by RE2 itself.
///
/// Time grows with the length of the text times that of the expression: it goes forward through all places at once, and
/// never back.
struct WholeMatch {
    private indirect enum Node {
        case start
        case end
        case one(of: [ClosedRange<Unicode.Scalar>], isNegated: Bool)
        case sequence([Node])
        case alternatives([Node])
        case repeated(Node, Int, Int?)
    }

    /// Something that is not known here.
    private struct Unknown: Error {}

    private let root: Node

    /// Reads an expression; `nil` if it has what is not known here: flags, classes by name, borders of words.
    init?(_ expression: String) {
        var reader = Reader(scalars: Array(expression.unicodeScalars))
        guard let root = try? reader.readAlternatives(), reader.isAtEnd else { return nil }
        self.root = root
    }

    /// Whether the expression matches a text as a whole.
    func matches(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        return Self.ends(of: root, from: [0], in: scalars).contains(scalars.count)
    }

    /// The places at which something may end that begins at one of some places.
    private static func ends(of node: Node, from places: Set<Int>, in text: [Unicode.Scalar]) -> Set<Int> {
        switch node {
        case .start: return places.filter { $0 == 0 }
        case .end: return places.filter { $0 == text.count }
        case .one(let ranges, let isNegated):
            let fitting = places.filter { place in
                place < text.count && ranges.contains { $0.contains(text[place]) } != isNegated
            }
            return Set(fitting.map { $0 + 1 })
        case .sequence(let nodes): return nodes.reduce(places) { ends(of: $1, from: $0, in: text) }
        case .alternatives(let nodes):
            return nodes.reduce(into: []) { $0.formUnion(ends(of: $1, from: places, in: text)) }
        case .repeated(let node, let least, let most):
            var current = places
            for _ in 0..<least where !current.isEmpty { current = ends(of: node, from: current, in: text) }
            var (all, new, count) = (current, current, least)
            while !new.isEmpty, most.map({ count < $0 }) ?? true {
                // `subtracting` would look at all places each time, not only at the new ones.
                new = ends(of: node, from: new, in: text).filter { !all.contains($0) }
                all.formUnion(new)
                count += 1
            }
            return all
        }
    }

    private struct Reader {
        let scalars: [Unicode.Scalar]
        var position = 0
        var depth = 0

        init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

        var isAtEnd: Bool { position == scalars.count }
        private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard next == scalar else { return false }
            position += 1
            return true
        }

        private mutating func takeAny() throws -> Unicode.Scalar {
            guard let scalar = next else { throw Unknown() }
            position += 1
            return scalar
        }

        mutating func readAlternatives() throws -> Node {
            depth += 1
            defer { depth -= 1 }
            guard depth <= RegularExpression.maximumNesting else { throw Unknown() }
            var alternatives = [try readSequence()]
            while take("|") { alternatives.append(try readSequence()) }
            return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
        }

        private mutating func readSequence() throws -> Node {
            var nodes: [Node] = []
            while let scalar = next, scalar != "|", scalar != ")" {
                nodes.append(try readRepetition(of: readOperand()))
            }
            return .sequence(nodes)
        }

        private mutating func readOperand() throws -> Node {
            switch try takeAny() {
            case "(":
                if take("?"), !take(":") { throw Unknown() }
                let group = try readAlternatives()
                guard take(")") else { throw Unknown() }
                return group
            case "[": return try readClass()
            case ".": return .one(of: ["\n"..."\n"], isNegated: true)
            case "^": return .start
            case "$": return .end
            case "\\": return .one(of: try readEscape(), isNegated: false)
            case "*", "+", "?": throw Unknown()
            case let literal: return .one(of: [literal...literal], isNegated: false)
            }
        }

        private mutating func readRepetition(of node: Node) throws -> Node {
            let counts: (Int, Int?)
            switch next {
            case "*": counts = (0, nil)
            case "+": counts = (1, nil)
            case "?": counts = (0, 1)
            case "{":
                position += 1
                guard let least = readNumber() else { throw Unknown() }
                counts = (least, take(",") ? readNumber() : least)
                guard next == "}" else { throw Unknown() }
            default: return node
            }
            position += 1
            // Greedy or not, the whole text must match.
            _ = take("?")
            return .repeated(node, counts.0, counts.1)
        }

        private mutating func readNumber() -> Int? {
            var digits = ""
            while let scalar = next, ("0"..."9").contains(scalar) {
                digits.unicodeScalars.append(scalar)
                position += 1
            }
            return Int(digits)
        }

        private mutating func readEscape() throws -> [ClosedRange<Unicode.Scalar>] {
            switch try takeAny() {
            case "d": return ["0"..."9"]
            case "w": return ["0"..."9", "A"..."Z", "_"..."_", "a"..."z"]
            case "s": return ["\t"..."\n", "\u{c}"..."\r", " "..." "]
            case let scalar:
                // Letters and digits have meanings, of which these are all that are known here.
                guard !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else { throw Unknown() }
                return [scalar...scalar]
            }
        }

        private mutating func readClass() throws -> Node {
            let isNegated = take("^")
            var ranges: [ClosedRange<Unicode.Scalar>] = []
            var isFirst = true
            while isFirst || next != "]" {
                isFirst = false
                let first = try takeAny()
                if first == "[", next == ":" { throw Unknown() }
                if first == "\\" {
                    ranges += try readEscape()
                    continue
                }
                guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                    ranges.append(first...first)
                    continue
                }
                position += 1
                let last = try takeAny()
                guard last != "\\", first <= last else { throw Unknown() }
                ranges.append(first...last)
            }
            position += 1
            return .one(of: ranges, isNegated: isNegated)
        }
    }
}

extension RegularExpression {
    /// Whether an expression matches a text as a whole; `nil` if that cannot be told without a proxy.
    public static func matches(_ expression: String, _ text: String) -> Bool? {
        WholeMatch(expression)?.matches(text)
    }
}
