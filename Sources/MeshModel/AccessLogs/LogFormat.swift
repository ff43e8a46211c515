/// How one entry of an access log is written.
public enum LogFormat: Hashable, Sendable {
    /// A line of text, in Envoy's format strings.
    case text(String)
    /// A JSON object whose texts are format strings.
    case json([String: LogValue])

    /// The longest format, in bytes: what a proxy evaluates for every request.
    public static let longestText = 16384
    /// How deep the values of a JSON object may lie.
    public static let deepestValue = 16

    /// The format that a text spells: a JSON object if it is one, else a text.
    public init(_ text: String) {
        if case .object(let fields)? = LogValue(json: text) {
            self = .json(fields)
        } else {
            self = .text(text)
        }
    }

    /// The format strings in it, each with its place: empty for a text, else the path of its field.
    var strings: [(place: String, text: String)] {
        switch self {
        case .text(let text): [("", text)]
        case .json(let fields): LogValue.object(fields).strings(at: "")
        }
    }

    /// Whether some format string names an operator.
    public func names(_ name: String) -> Bool {
        strings.contains { FormatString($0.text).operators.contains { $0 == name } }
    }
}

/// A value in an access log's JSON object.
public indirect enum LogValue: Hashable, Sendable {
    /// Nothing.
    case null
    /// True or false.
    case bool(Bool)
    /// A number.
    case number(Double)
    /// A format string.
    case string(String)
    /// Values in order.
    case list([LogValue])
    /// Values by name.
    case object([String: LogValue])

    /// The format strings in it, sorted by the names of fields, each with the path of its field.
    func strings(at place: String) -> [(place: String, text: String)] {
        switch self {
        case .null, .bool, .number: []
        case .string(let text): [(place, text)]
        case .list(let values): values.enumerated().flatMap { $1.strings(at: "\(place)[\($0)]") }
        case .object(let fields):
            fields.sorted { $0.key < $1.key }.flatMap { $1.strings(at: place.isEmpty ? $0 : "\(place).\($0)") }
        }
    }

    /// How deep its values lie: 1 for a value that holds no others.
    var depth: Int {
        switch self {
        case .null, .bool, .number, .string: 1
        case .list(let values): 1 + (values.map(\.depth).max() ?? 0)
        case .object(let fields): 1 + (fields.values.map(\.depth).max() ?? 0)
        }
    }
}
