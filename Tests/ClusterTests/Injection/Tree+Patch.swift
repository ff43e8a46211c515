import Foundation

extension Tree {
    struct PatchError: Error, CustomStringConvertible {
        let description: String
    }

    /// The value after a JSON patch, as RFC 6902 has it for `add`, `remove` and `move`.
    func patched(by patch: [UInt8]) throws -> Tree {
        let operations = try JSONDecoder().decode(Tree.self, from: Data(patch))
        var tree = self
        for operation in operations.list {
            let pointer = operation["path"].text ?? ""
            let steps = Self.pointerSteps(pointer)
            switch operation["op"] {
            case "add": try tree.add(operation["value"], at: steps, pointer)
            case "remove": _ = try tree.remove(at: steps, pointer)
            case "move":
                let from = operation["from"].text ?? ""
                let value = try tree.remove(at: Self.pointerSteps(from), from)
                try tree.add(value, at: steps, pointer)
            default: throw PatchError(description: "\(operation["op"]) at \(pointer)")
            }
        }
        return tree
    }

    private static func pointerSteps(_ pointer: String) -> ArraySlice<String> {
        pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            $0.replacingOccurrences(of: "~1", with: "/").replacingOccurrences(of: "~0", with: "~")
        }[...]
    }

    private mutating func add(_ value: Tree, at steps: ArraySlice<String>, _ pointer: String) throws {
        try change(at: steps, pointer) { container, step in
            switch container {
            case .list(var entries):
                let index = step == "-" ? entries.count : Int(step)
                guard let index, index <= entries.count else { throw PatchError(description: "no place at \(pointer)") }
                entries.insert(value, at: index)
                container = .list(entries)
            case .map(var entries):
                entries[step] = value
                container = .map(entries)
            default: throw PatchError(description: "nothing to add to at \(pointer)")
            }
        }
    }

    /// Takes a value away.
    private mutating func remove(at steps: ArraySlice<String>, _ pointer: String) throws -> Tree {
        var removed: Tree?
        try change(at: steps, pointer) { container, step in
            switch container {
            case .map(var entries):
                removed = entries.removeValue(forKey: step)
                container = .map(entries)
            case .list(var entries):
                guard let index = Int(step), entries.indices.contains(index) else { break }
                removed = entries.remove(at: index)
                container = .list(entries)
            default: break
            }
        }
        guard let removed else { throw PatchError(description: "nothing to remove at \(pointer)") }
        return removed
    }

    private mutating func change(
        at steps: ArraySlice<String>, _ pointer: String, _ body: (inout Tree, String) throws -> Void
    ) throws {
        guard let step = steps.first else { throw PatchError(description: "a patch of the whole") }
        guard steps.count > 1 else { return try body(&self, step) }
        switch self {
        case .list(var entries):
            guard let index = Int(step), entries.indices.contains(index) else {
                throw PatchError(description: "no element \(step) on the way to \(pointer)")
            }
            try entries[index].change(at: steps.dropFirst(), pointer, body)
            self = .list(entries)
        case .map(var entries):
            guard var entry = entries[step] else {
                throw PatchError(description: "no member \(step) on the way to \(pointer)")
            }
            try entry.change(at: steps.dropFirst(), pointer, body)
            entries[step] = entry
            self = .map(entries)
        default: throw PatchError(description: "neither list nor map on the way to \(pointer)")
        }
    }

    /// The value with the entries of another over its own; lists are replaced, and `null` removes.
    func overlaid(by other: Tree) -> Tree {
        guard case .map(var entries) = self, case .map(let others) = other else { return other }
        for (key, value) in others {
            entries[key] = value == .null ? nil : entries[key].map { $0.overlaid(by: value) } ?? value
        }
        return .map(entries)
    }

    /// The value at a path such as `spec.containers[envoy].args.1`: elements by their names or their places, keys with
    /// dots as `["a.b"]`; `names` of a list are those of its elements.
    func value(at path: String) -> Tree {
        var tree = self
        for step in Self.steps(path) {
            switch tree {
            case .list(let entries) where step == "names": tree = .list(entries.map { $0["name"] })
            case .list(let entries):
                tree =
                    Int(step).flatMap { entries.indices.contains($0) ? entries[$0] : nil }
                    ?? entries.first { $0["name"] == .text(step) } ?? .null
            default: tree = tree[step]
            }
        }
        return tree
    }

    private static func steps(_ path: String) -> [String] {
        var steps: [String] = []
        var rest = path[...]
        while !rest.isEmpty {
            if rest.hasPrefix("[\""), let end = rest.range(of: "\"]") {
                steps.append(String(rest[..<end.lowerBound].dropFirst(2)))
                rest = rest[end.upperBound...]
            } else if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
                steps.append(String(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
            } else {
                let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
                steps.append(String(rest[..<end]))
                rest = rest[end...]
            }
            if rest.first == "." { rest = rest.dropFirst() }
        }
        return steps
    }
}
