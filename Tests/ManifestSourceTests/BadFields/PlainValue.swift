/// A value as JSON has it, for manifests that tests make up.
indirect enum PlainValue: Equatable, Sendable {
    case text(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case list([PlainValue])
    case map([String: PlainValue])

    /// What it is: `string` and so on, in the words of schemas.
    var type: String {
        switch self {
        case .text: "string"
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .list: "array"
        case .map: "object"
        }
    }

    /// As JSON, keys sorted.
    var json: String {
        switch self {
        case .text(let text):
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\0", with: "\\u0000")
                + "\""
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .list(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
        case .map(let fields):
            "{"
                + fields.sorted { $0.key < $1.key }.map { "\(Self.text($0.key).json): \($0.value.json)" }
                .joined(separator: ", ") + "}"
        }
    }

    /// The value at a path, of lists in the entry 0; `nil` if there is none.
    func value(at path: ArraySlice<SchemaField.Step>) -> PlainValue? {
        guard let step = path.first else { return self }
        switch (step, self) {
        case (.key(let key), .map(let fields)): return fields[key]?.value(at: path.dropFirst())
        case (.entry, .list(let values)): return values.first?.value(at: path.dropFirst())
        default: return nil
        }
    }

    /// The value with another one at a path, or with nothing there; lists have the entry 0.
    func setting(_ path: ArraySlice<SchemaField.Step>, to new: PlainValue?) -> PlainValue {
        guard let step = path.first else { return new ?? self }
        let rest = path.dropFirst()
        switch (step, self) {
        case (.key(let key), .map(var fields)):
            if rest.isEmpty {
                fields[key] = new
            } else {
                fields[key] = fields[key]?.setting(rest, to: new)
            }
            return .map(fields)
        case (.entry, .list(let values)):
            guard let first = values.first else { return self }
            return .list(rest.isEmpty ? [new].compactMap(\.self) : [first.setting(rest, to: new)])
        default: return self
        }
    }
}
