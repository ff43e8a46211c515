/// A value of JSON that is written only: the members of objects keep their order.
enum JSONValue: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case string(String)
    case number(Int64)
    case boolean(Bool)
    case array([JSONValue])
    case object([Member])
    /// A value that is written already.
    case encoded([UInt8])

    /// A member of an object.
    struct Member: Hashable, Sendable {
        let name: String
        let value: JSONValue
    }

    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }

    /// An object with a member more at its end; of anything else the value itself.
    func with(_ name: String, _ value: JSONValue?) -> JSONValue {
        guard let value, case .object(let members) = self else { return self }
        return .object(members + [Member(name: name, value: value)])
    }

    /// The value as text.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .string(let text): Self.write(text, to: &bytes)
        case .number(let number): bytes += String(number).utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .encoded(let text): bytes += text
        case .array(let values):
            Self.write(values, "[", "]", to: &bytes) { value, bytes in value.write(to: &bytes) }
        case .object(let members):
            Self.write(members, "{", "}", to: &bytes) { member, bytes in
                Self.write(member.name, to: &bytes)
                bytes += ":".utf8
                member.value.write(to: &bytes)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], _ open: String, _ close: String, to bytes: inout [UInt8],
        _ write: (Element, inout [UInt8]) -> Void
    ) {
        bytes += open.utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes += ",".utf8 }
            write(element, &bytes)
        }
        bytes += close.utf8
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        escape(text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A text as it stands between the quotation marks of a JSON string.
    static func escaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        escape(text, to: &bytes)
        return bytes
    }

    /// Copies what needs no escaping as a whole.
    private static func escape(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            for (index, byte) in utf8.enumerated()
            where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: utf8[start..<index])
                start = index + 1
                if byte < 0x20 {
                    let digits = String(byte, radix: 16)
                    bytes += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
                } else {
                    bytes += [UInt8(ascii: "\\"), byte]
                }
            }
            bytes.append(contentsOf: utf8[start...])
        }
    }
}
