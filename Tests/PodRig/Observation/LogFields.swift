import Foundation

/// One line of a log that has a JSON object to a line: its fields as texts.
struct LogFields {
    private let fields: [String: String]

    /// - Returns: `nil` if the line is not a JSON object.
    init?(line: String) {
        guard let object = try? JSONDecoder().decode([String: Value].self, from: Data(line.utf8)) else { return nil }
        fields = object.mapValues(\.text)
    }

    subscript(_ key: String) -> String? { fields[key].flatMap { $0 == "-" || $0.isEmpty ? nil : $0 } }

    /// A field that is a whole number.
    func number(_ key: String) -> Int? { self[key].flatMap { Int($0) } }

    /// A field that is a time as RFC 3339 writes it, with fractions of seconds.
    func time(_ key: String) -> Date? {
        self[key].flatMap { try? Date($0, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
    }

    /// Whether any field has the text somewhere.
    func mentions(_ text: String) -> Bool { fields.values.contains { $0.contains(text) } }

    /// A value of any type, as text; lists and objects are left empty.
    private struct Value: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let string = try? container.decode(String.self) {
                text = string
            } else if let flag = try? container.decode(Bool.self) {
                text = "\(flag)"
            } else if let whole = try? container.decode(Int.self) {
                text = "\(whole)"
            } else if let number = try? container.decode(Double.self) {
                text = "\(number)"
            } else {
                text = ""
            }
        }
    }
}
