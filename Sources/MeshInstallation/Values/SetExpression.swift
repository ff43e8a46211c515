/// The assignments in one argument of `--set`.
///
/// Source: the syntax of Helm's option of that name. `a.b=1,c=x` are two; `a={1,2}` is a list, `a[0]=x` an element of
/// one, `a=null` takes a setting back; a backslash takes the meaning from the character after it.
struct SetExpression: Equatable {
    /// A step to what is assigned.
    enum Step: Equatable {
        case member(String)
        case element(Int)
    }

    /// What is assigned, as it is written.
    enum Value: Equatable {
        case text(String)
        case list([String])
    }

    struct Assignment: Equatable {
        var path: [Step]
        var value: Value
    }

    /// The greatest index of an element: a list is as long as its greatest index.
    static let greatestIndex = 1000

    let assignments: [Assignment]

    /// What a text says.
    ///
    /// - Throws: ``InstallationError``.
    init(_ text: String) throws {
        var reader = SetReader(text)
        assignments = try reader.assignments()
    }
}

/// Reads an expression from its first character to its last.
private struct SetReader {
    private let text: String
    private var rest: Substring

    init(_ text: String) {
        self.text = text
        rest = text[...]
    }

    mutating func assignments() throws -> [SetExpression.Assignment] {
        var found: [SetExpression.Assignment] = []
        while true {
            let path = try path()
            found.append(SetExpression.Assignment(path: path, value: try value()))
            guard let separator = rest.popFirst() else { return found }
            guard separator == "," else { throw failure("`\(separator)` stands after the end of a list") }
            // A comma at the end says nothing, as in Helm.
            if rest.isEmpty { return found }
        }
    }

    /// The steps before `=`, which is taken too.
    private mutating func path() throws -> [SetExpression.Step] {
        var steps: [SetExpression.Step] = []
        var name = ""
        func finish() throws {
            guard !name.isEmpty else { throw failure("a name is empty") }
            steps.append(.member(name))
            name = ""
        }
        // After an index the next name begins with a point.
        var isAfterIndex = false
        while let character = rest.popFirst() {
            switch character {
            case "\\":
                guard let escaped = rest.popFirst() else { throw failure("nothing stands after `\\`") }
                name.append(escaped)
            case "=":
                if !isAfterIndex { try finish() }
                return steps
            case ".":
                if !isAfterIndex { try finish() }
                isAfterIndex = false
            case "[":
                if !isAfterIndex { try finish() }
                steps.append(.element(try index()))
                isAfterIndex = true
            case _ where isAfterIndex:
                throw failure("`\(character)` stands after an index")
            case ",":
                throw failure("`\(name)` has no value: write \(name)=VALUE")
            default:
                name.append(character)
            }
        }
        throw failure("`\(name)` has no value: write \(name)=VALUE")
    }

    private mutating func index() throws -> Int {
        let digits = rest.prefix { $0 != "]" }
        guard let index = Int(digits), (0...SetExpression.greatestIndex).contains(index), digits.count < rest.count
        else { throw failure("`[\(digits)` is no index: write a number from 0 to \(SetExpression.greatestIndex)") }
        rest = rest.dropFirst(digits.count + 1)
        return index
    }

    private mutating func value() throws -> SetExpression.Value {
        guard rest.first == "{" else { return .text(try scalar(endingAt: [","])) }
        rest.removeFirst()
        if rest.first == "}" {
            rest.removeFirst()
            return .list([])
        }
        var elements: [String] = []
        while true {
            let element = try scalar(endingAt: [",", "}"])
            elements.append(element)
            guard let end = rest.popFirst() else { throw failure("a list has no end: write {VALUE,VALUE}") }
            if end == "}" { return .list(elements) }
        }
    }

    /// The text before one of some characters, which is left.
    private mutating func scalar(endingAt ends: Set<Character>) throws -> String {
        var value = ""
        while let character = rest.first, !ends.contains(character) {
            rest.removeFirst()
            guard character == "\\" else {
                value.append(character)
                continue
            }
            guard let escaped = rest.popFirst() else { throw failure("nothing stands after `\\`") }
            value.append(escaped)
        }
        return value
    }

    private func failure(_ reason: String) -> InstallationError {
        InstallationError("--set `\(text)`: \(reason)")
    }
}
