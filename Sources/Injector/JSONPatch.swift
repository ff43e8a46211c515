/// Changes of a JSON document, in order (RFC 6902).
struct JSONPatch {
    private(set) var operations: [JSONValue] = []

    /// Adds a member to an object, or replaces it; inserts into an array at an index, or at its end for `-`.
    mutating func add(_ path: [String], _ value: JSONValue) {
        operations.append(["op": "add", "path": .string(Self.pointer(path)), "value": value])
    }

    /// Removes what is there.
    mutating func remove(_ path: [String]) {
        operations.append(["op": "remove", "path": .string(Self.pointer(path))])
    }

    /// Takes away what is at a place and puts it at another, as ``add(_:_:)`` would afterwards.
    mutating func move(_ path: [String], to destination: [String]) {
        operations.append([
            "op": "move", "from": .string(Self.pointer(path)), "path": .string(Self.pointer(destination)),
        ])
    }

    /// The patch as text.
    var bytes: [UInt8] { JSONValue.array(operations).bytes }

    /// A JSON pointer (RFC 6901).
    private static func pointer(_ path: [String]) -> String {
        path.map { part in
            guard part.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
                return "/\(part)"
            }
            return "/"
                + part.map { character in
                    switch character {
                    case "~": "~0"
                    case "/": "~1"
                    default: String(character)
                    }
                }.joined()
        }.joined()
    }
}
