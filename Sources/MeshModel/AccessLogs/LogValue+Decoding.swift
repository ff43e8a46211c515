internal import Foundation

extension LogValue: Decodable {
    /// A field of any name.
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// The value that a text spells in JSON; `nil` if it spells none.
    init?(json text: String) {
        // A text that begins otherwise is no object: most formats are not even tried.
        guard text.utf8.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{"),
            text.utf8.count <= LogFormat.longestText,
            let value = try? JSONDecoder().decode(LogValue.self, from: Data(text.utf8))
        else { return nil }
        self = value
    }

    /// Reads a value of any kind.
    public init(from decoder: any Decoder) throws {
        if let fields = try? decoder.container(keyedBy: Name.self) {
            self = .object(
                Dictionary(
                    uniqueKeysWithValues: try fields.allKeys.map {
                        ($0.stringValue, try fields.decode(LogValue.self, forKey: $0))
                    }))
            return
        }
        if var list = try? decoder.unkeyedContainer() {
            var values: [LogValue] = []
            while !list.isAtEnd { values.append(try list.decode(LogValue.self)) }
            self = .list(values)
            return
        }
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .null
        } else if let flag = try? single.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? single.decode(Double.self) {
            self = .number(number)
        } else {
            self = .string(try single.decode(String.self))
        }
    }
}
