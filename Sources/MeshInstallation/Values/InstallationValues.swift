public import MeshModel

/// The settings of an installation: those that were given, by their keys.
public struct InstallationValues: Equatable, Sendable {
    /// What was given, by the keys' paths.
    public private(set) var given: [String: JSONContent] = [:]
    /// The keys that were taken back, by their paths; it is not stored.
    public private(set) var takenBack: Set<String> = []

    /// No settings: everything is as initially.
    public init() {}

    /// The settings that one argument of `--set` after the other gives; later ones win.
    ///
    /// - Throws: ``InstallationError``.
    public init(_ expressions: [String]) throws { self = try InstallationValues().setting(expressions) }

    /// These settings after further arguments of `--set`, which change or take back what was given before.
    ///
    /// - Throws: ``InstallationError``.
    public func setting(_ expressions: [String]) throws -> InstallationValues {
        var changed = self
        for expression in expressions { try changed.set(expression) }
        return changed
    }

    /// Takes one argument of `--set`, such as `osm.enableEgress=false,osm.image.tag=1.0`.
    ///
    /// - Throws: ``InstallationError`` for a name that is no key, a value that is not of its kind, and one that cannot
    ///   hold; nothing is taken then.
    public mutating func set(_ expression: String) throws {
        var changed = self
        for assignment in try SetExpression(expression).assignments { try changed.take(assignment) }
        self = changed
    }

    /// What holds of a key: what was given, else what it is initially.
    ///
    /// - Precondition: There is such a key; there is none for another path, and the value is null.
    public subscript(path: String) -> JSONContent { given[path] ?? ValueKey.byPath[path]?.initial ?? .null }

    /// What was given for a key that changes something; with what was asked for and holds anyway, and why.
    public var notes: [String] {
        given.keys.sorted().compactMap { path in
            guard let key = ValueKey.byPath[path], case .fulfilled(let reason) = key.use, given[path] != key.initial
            else { return nil }
            return "\(path) changes nothing: \(reason)"
        }
    }

    func text(_ path: String) -> String { self[path].text ?? "" }

    func isTrue(_ path: String) -> Bool { self[path] == true }

    private mutating func take(_ assignment: SetExpression.Assignment) throws {
        let (key, rest) = try Self.key(of: assignment.path)
        let name = assignment.path.written
        if assignment.value == .text("null") {
            // As in Helm: back to what it is initially.
            guard rest.isEmpty else { return try change(key, rest, to: nil, name) }
            given[key.path] = nil
            takenBack.insert(key.path)
            return
        }
        if rest.isEmpty {
            let value = try key.value(of: assignment.value, named: name)
            if case .refused(let reason) = key.use, value != key.initial { throw Self.refusal(name, reason) }
            given[key.path] = value
            takenBack.remove(key.path)
        } else {
            if case .refused(let reason) = key.use { throw Self.refusal(name, reason) }
            try change(key, rest, to: ValueKey.guess(assignment.value), name)
        }
    }

    /// Changes what is within the value of a key.
    private mutating func change(
        _ key: ValueKey, _ rest: [SetExpression.Step], to value: JSONContent?, _ name: String
    ) throws {
        switch (key.kind, rest.first) {
        case (.object, .member), (.list, .element), (.texts, .element), (.integers, .element): break
        default: throw InstallationError("\(name): \(key.path) is \(key.kind), and has nothing of that name in it")
        }
        takenBack.remove(key.path)
        let before = given[key.path] ?? key.initial
        let after = try before.setting(rest, to: value, named: name)
        switch key.kind {
        case .texts, .integers:
            let written = after.elements.map { $0.written }
            given[key.path] = try key.value(of: .list(written), named: name)
        default: given[key.path] = after
        }
    }

    /// The key that a path leads to or into.
    private static func key(of path: [SetExpression.Step]) throws -> (ValueKey, rest: [SetExpression.Step]) {
        var names: [String] = []
        var found: (ValueKey, Int)?
        for step in path {
            guard case .member(let name) = step else { break }
            names.append(name)
            if let key = ValueKey.byPath[names.joined(separator: ".")] { found = (key, names.count) }
        }
        if let (key, count) = found { return (key, Array(path.dropFirst(count))) }
        let name = path.written
        let members = ValueKey.all.filter { $0.path.hasPrefix("\(name).") }.map(\.path)
        guard members.isEmpty else {
            throw InstallationError("\(name) is a group of values: set one of \(members.joined(separator: ", "))")
        }
        let last = name.split(separator: ".").last.map { ".\($0.lowercased())" } ?? ""
        let alike = ValueKey.all.map(\.path).filter { ".\($0.lowercased())".hasSuffix(last) }
        let hint = alike.isEmpty ? "" : ": did you mean \(alike.joined(separator: " or "))?"
        throw InstallationError("there is no value \(name)\(hint)")
    }

    private static func refusal(_ name: String, _ reason: String) -> InstallationError {
        InstallationError("\(name) cannot be set: \(reason)")
    }
}

extension InstallationValues: Codable {
    /// Reads what was given; keys that there are not any more are left out.
    public init(from decoder: any Decoder) throws {
        let stored = try decoder.singleValueContainer().decode([String: JSONContent].self)
        given = stored.filter { ValueKey.byPath[$0.key]?.isTaken ?? false }
    }

    /// Writes what was given.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(given)
    }
}

extension InstallationValues {
    /// What may be kept where everybody may read it: without tokens.
    public var withoutSecrets: InstallationValues {
        var kept = self
        guard kept.given.removeValue(forKey: "osm.vault.token") != nil else { return kept }
        // The Secret that the token was put in stands for it.
        kept.given["osm.vault.secret.name"] = .string(Installation.vaultSecret)
        kept.given["osm.vault.secret.key"] = .string(Installation.vaultSecretKey)
        return kept
    }
}
