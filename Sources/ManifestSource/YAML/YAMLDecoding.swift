extension YAMLNode {
    /// The value of a type that this spells.
    ///
    /// Strict, as the API server is: a text is never read as a number, nor a number or boolean as a text.
    ///
    /// - Throws: `DecodingError` with a message for the person who wrote the manifest.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try NodeDecoder(node: self, codingPath: []).decode(type)
    }
}

/// A decoder of one node; it is its own single-value container.
struct NodeDecoder: Decoder {
    let node: YAMLNode
    let codingPath: [any CodingKey]

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .map(let fields) = node.value else { throw mismatch(type, "write a map of fields") }
        return KeyedDecodingContainer(MapContainer<Key>(fields: fields, line: node.line, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .list(let items) = node.value else { throw mismatch([YAMLNode].self, "write a list") }
        return ListContainer(items: items, line: node.line, codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    /// What is said of a node that is not what was expected.
    func mismatch(_ type: Any.Type, _ advice: String) -> DecodingError {
        guard !node.isNull else {
            return .valueNotFound(type, .init(codingPath: codingPath, debugDescription: "is null: \(advice)"))
        }
        return .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "\(node.summary): \(advice)"))
    }
}

extension NodeDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { node.isNull }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .boolean(let flag) = node.value else { throw mismatch(type, "write true or false without quotes") }
        return flag
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .text(let text) = node.value else {
            throw switch node.value {
            case .boolean, .integer, .number: mismatch(type, "write a text, in quotes")
            default: mismatch(type, "write a text")
            }
        }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch node.value {
        case .integer(let whole): return Double(whole)
        case .number(let number): return number
        default: throw mismatch(type, "write a number without quotes")
        }
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }

    private func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        switch node.value {
        case .integer(let whole):
            guard let number = Number(exactly: whole) else {
                throw mismatch(type, "write one from \(Number.min) to \(Number.max)")
            }
            return number
        case .number(let value):
            // `90.0` is 90, as in JSON.
            guard let number = Number(exactly: value) else { throw mismatch(type, "write a whole number") }
            return number
        case .null, .boolean, .text, .list, .map:
            throw mismatch(type, "write a whole number without quotes")
        }
    }
}
