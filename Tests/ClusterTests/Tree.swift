import Foundation
import Yams

/// A value of JSON or YAML.
enum Tree: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([Tree])
    case map([String: Tree])

    subscript(key: String) -> Tree {
        get { map?[key] ?? .null }
        set {
            var entries = map ?? [:]
            entries[key] = newValue == .null ? nil : newValue
            self = .map(entries)
        }
    }

    var map: [String: Tree]? { if case .map(let entries) = self { entries } else { nil } }
    var list: [Tree] { if case .list(let entries) = self { entries } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int? { if case .integer(let number) = self { number } else { nil } }
    var isTrue: Bool { self == .bool(true) }

    /// Whether all of another value is in this one: the entries of its maps, its lists element by element.
    func contains(_ other: Tree) -> Bool {
        switch (self, other) {
        case (.map(let own), .map(let entries)): entries.allSatisfy { own[$0]?.contains($1) ?? false }
        case (.list(let own), .list(let entries)):
            own.count == entries.count && zip(own, entries).allSatisfy { $0.contains($1) }
        default: self == other
        }
    }

    /// The values at a path such as `spec.containers[*].ports[*].hostPort`, each with its own path.
    ///
    /// Where nothing is there is `null`; a list without elements has none.
    func values(at path: String) -> [(path: String, value: Tree)] {
        path.split(separator: ".").reduce([("", self)]) { found, step in
            let key = step.hasSuffix("[*]") ? String(step.dropLast(3)) : String(step)
            return found.flatMap { place, value -> [(path: String, value: Tree)] in
                let next = place.isEmpty ? key : "\(place).\(key)"
                guard step.hasSuffix("[*]") else { return [(next, value[key])] }
                return value[key].list.enumerated().map { ("\(next)[\($0)]", $1) }
            }
        }
    }

    /// Puts a value at a path of keys and indexes, such as `["spec", "containers", "0", "ports"]`.
    mutating func set(_ path: some Collection<String>, to value: Tree) {
        guard let step = path.first else { return self = value }
        if case .list(var entries) = self, let index = Int(step) {
            entries[index].set(path.dropFirst(), to: value)
            self = .list(entries)
        } else {
            var inner = self[step]
            inner.set(path.dropFirst(), to: value)
            self[step] = inner
        }
    }
}

extension Tree: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([Tree].self) {
            self = .list(value)
        } else {
            self = .map(try container.decode([String: Tree].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .map(let value): try container.encode(value)
        }
    }

    /// Reads JSON.
    init(json: String) throws {
        self = try JSONDecoder().decode(Tree.self, from: Data(json.utf8))
    }

    /// The value as JSON that is YAML, too, which has no `\/`.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

extension Tree {
    private struct Unreadable: Error { let type: String }

    /// The documents of a text in YAML, aliases resolved.
    static func documents(yaml: String) throws -> [Tree] {
        try Array(Yams.load_all(yaml: yaml)).map { try Tree(value: $0) }.filter { $0 != .null }
    }

    private init(value: Any) throws {
        switch value {
        case is NSNull: self = .null
        case let value as Bool: self = .bool(value)
        case let value as Int: self = .integer(value)
        case let value as Double: self = .number(value)
        case let value as String: self = .text(value)
        case let value as [Any]: self = .list(try value.map { try Tree(value: $0) })
        case let value as [String: Any]: self = .map(try value.mapValues { try Tree(value: $0) })
        default: throw Unreadable(type: "\(type(of: value))")
        }
    }
}

extension Tree: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(arrayLiteral elements: Tree...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, Tree)...) { self = .map(Dictionary(elements) { $1 }) }
}
