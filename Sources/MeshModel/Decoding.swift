extension KeyedDecodingContainer {
    /// The value at a key, or `nil` where it is absent or null.
    func value<Value: Decodable>(_ key: Key, _ type: Value.Type = Value.self) throws -> Value? {
        try decodeIfPresent(type, forKey: key)
    }

    /// The value at a key, or the given one where it is absent or null.
    func value<Value: Decodable>(_ key: Key, or absent: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? absent
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
    public init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(path: Self.path(context.codingPath + [key]), message: "is missing")
        case .valueNotFound(_, let context):
            self.init(path: Self.path(context.codingPath), message: "is missing")
        case .typeMismatch(_, let context), .dataCorrupted(let context):
            self.init(path: Self.path(context.codingPath), message: context.debugDescription)
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
