internal import MeshModel

extension ValueKey {
    /// The value that a text spells.
    ///
    /// - Throws: ``InstallationError`` with the name that was written.
    func value(of written: SetExpression.Value, named name: String) throws -> JSONContent {
        switch (kind, written) {
        case (.boolean, .text("true")): return true
        case (.boolean, .text("false")): return false
        case (.limit(_, let none), .text(let text)) where text == none: return .string(none)
        case (.limit(let bounds, let none), .text(let text)):
            return .integer(try Self.integer(text, bounds, name, "or \(none)"))
        case (.integer(let bounds), .text(let text)): return .integer(try Self.integer(text, bounds, name))
        case (.text, .text(let text)): return .string(text)
        case (.word(let words), .text(let text)) where words.contains(text): return .string(text)
        case (.texts, .list(let texts)): return .array(texts.map { .string($0) })
        case (.texts, .text(let text)): return text.isEmpty ? [] : [.string(text)]
        case (.integers(let bounds), .list(let texts)):
            return .array(try texts.map { .integer(try Self.integer($0, bounds, name)) })
        case (.integers(let bounds), .text(let text)):
            return text.isEmpty ? [] : [.integer(try Self.integer(text, bounds, name))]
        case (.list, .list([])), (.list, .text("")): return []
        case (.object, .text("")), (.object, .list([])): return [:]
        default: throw InstallationError("\(name)=\(written): write \(kind.advice(name))")
        }
    }

    private static func integer(
        _ text: String, _ bounds: ClosedRange<Int64>, _ name: String, _ alternative: String = ""
    ) throws -> Int64 {
        guard let number = Int64(text), bounds.contains(number) else {
            let advice = "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
            throw InstallationError(
                "\(name)=\(text): write \(advice)\(alternative.isEmpty ? "" : ", \(alternative)")")
        }
        return number
    }

    /// The value of a text where nothing says what it has to be, as Helm takes it.
    static func guess(_ written: SetExpression.Value) -> JSONContent {
        switch written {
        case .list(let texts): .array(texts.map { guess(.text($0)) })
        case .text("true"): true
        case .text("false"): false
        case .text("0"): 0
        case .text(let text): text.hasPrefix("0") ? .string(text) : Int64(text).map { .integer($0) } ?? .string(text)
        }
    }
}

extension ValueKey.Kind: CustomStringConvertible {
    /// What it is, such as `a list of texts`.
    public var description: String {
        switch self {
        case .boolean: "true or false"
        case .integer(let bounds): "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        case .limit(let bounds, let none):
            "a whole number from \(bounds.lowerBound) to \(bounds.upperBound), or \(none)"
        case .text: "a text"
        case .word(let words): "one of \(words.joined(separator: ", "))"
        case .texts: "a list of texts"
        case .integers(let bounds): "a list of whole numbers from \(bounds.lowerBound) to \(bounds.upperBound)"
        case .list: "a list of objects"
        case .object: "an object"
        }
    }

    /// How it is written.
    fileprivate func advice(_ name: String) -> String {
        switch self {
        case .texts, .integers: "\(self), such as \(name)={VALUE,VALUE}"
        case .list: "its members one by one, such as \(name)[0].MEMBER=VALUE"
        case .object: "its members one by one, such as \(name).MEMBER=VALUE"
        case .boolean, .integer, .limit, .text, .word: description
        }
    }
}

extension SetExpression.Value: CustomStringConvertible {
    var description: String {
        switch self {
        case .text(let text): text
        case .list(let texts): "{\(texts.joined(separator: ","))}"
        }
    }
}

extension [SetExpression.Step] {
    /// The steps as they are written.
    var written: String {
        reduce(into: "") { text, step in
            switch step {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .element(let index): text += "[\(index)]"
            }
        }
    }
}

extension JSONContent {
    /// A scalar as a user writes it; empty for anything else.
    var written: String {
        switch self {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .boolean(let value): "\(value)"
        case .number(let value): "\(value)"
        case .null, .array, .object: ""
        }
    }

    /// This value with another at the end of some steps; `nil` takes it away.
    ///
    /// Lists grow by nulls.
    ///
    /// - Throws: ``InstallationError`` where a step leads into what has no such part.
    func setting(_ steps: [SetExpression.Step], to value: JSONContent?, named name: String) throws -> JSONContent {
        guard let step = steps.first else { return value ?? .null }
        let rest = Array(steps.dropFirst())
        switch step {
        case .member(let member):
            guard self == .null || members != nil else {
                throw InstallationError("\(name): what `.\(member)` stands after is no object")
            }
            var members = members ?? [:]
            if rest.isEmpty {
                members[member] = value
            } else {
                members[member] = try (members[member] ?? .null).setting(rest, to: value, named: name)
            }
            return .object(members)
        case .element(let index):
            guard case .array(var elements) = self == .null ? [] : self else {
                throw InstallationError("\(name): what `[\(index)]` stands after is no list")
            }
            while elements.count <= index { elements.append(.null) }
            elements[index] = try elements[index].setting(rest, to: value, named: name)
            return .array(elements)
        }
    }
}
