extension KeyedDecodingContainer {
    /// The value at a key, or `nil` where it is absent or null.
    func value<Value: Decodable>(_ key: Key, _ type: Value.Type = Value.self) throws -> Value? {
        try decodeIfPresent(type, forKey: key)
    }

    /// The value at a key, or the given one where it is absent or null.
    func value<Value: Decodable>(_ key: Key, or absent: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? absent
    }

    /// The value at a key, or the given one where it is absent or null, or cannot be read: then the problem is told.
    ///
    /// - Parameters:
    ///   - unreadable: What stands for a value that cannot be read; the one for an absent value if left out.
    ///   - problems: Gathers what cannot be read, by its path below this container.
    func value<Value: Decodable>(
        _ key: Key, or absent: Value, unreadable: Value? = nil, telling problems: inout [Problem]
    ) -> Value {
        do {
            return try value(key, or: absent)
        } catch {
            let depth = codingPath.count
            problems.append(
                (error as? DecodingError).map { Problem($0, below: depth) }
                    ?? Problem(path: Problem.path([key]), message: "cannot be read: \(error)"))
            return unreadable ?? absent
        }
    }

    /// The fields of the object at a key, or `nil` where it is absent or null.
    func object<Nested: CodingKey>(_ key: Key, _ type: Nested.Type) throws -> KeyedDecodingContainer<Nested>? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        return try nestedContainer(keyedBy: type, forKey: key)
    }

    /// The number of a port, or `nil` where it is absent or null; 0 is left for `validate()` to report.
    func port(_ key: Key) throws -> UInt16? {
        guard let number = try decodeIfPresent(Int.self, forKey: key) else { return nil }
        guard let port = UInt16(exactly: number) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "\(number) is not a port: write a number from 1 to 65535")
        }
        return port
    }
}

extension Problem {
    /// What a decoding error says, for the person who wrote the object.
    ///
    /// - Parameter depth: How many keys lead to what the path begins in.
    public init(_ error: DecodingError, below depth: Int = 0) {
        func path(_ keys: [any CodingKey]) -> String { Self.path(Array(keys.dropFirst(depth))) }
        switch error {
        case .keyNotFound(let key, let context):
            self.init(path: path(context.codingPath + [key]), message: "is missing")
        case .valueNotFound(_, let context):
            self.init(path: path(context.codingPath), message: "is missing")
        case .typeMismatch(_, let context), .dataCorrupted(let context):
            self.init(path: path(context.codingPath), message: context.debugDescription)
        @unknown default:
            self.init(path: "", message: "cannot be read: \(error)")
        }
    }

    /// A coding path as problems write it, such as `spec.backends[1].weight`.
    ///
    /// A key that holds a dot or a bracket, as labels do, stands in brackets.
    public static func path(_ keys: [any CodingKey]) -> String {
        var path = ""
        for key in keys {
            if let index = key.intValue {
                path += "[\(index)]"
            } else if key.stringValue.contains(where: { ".[]/".contains($0) }) {
                path += "[\(key.stringValue)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return path
    }
}
