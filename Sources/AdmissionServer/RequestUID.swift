/// The uid in a question that is no readable JSON, so that the answer can bear it.
enum RequestUID {
    /// How many bytes of a body are searched; API servers write the uid within the first few hundred.
    static let reach = 4096
    /// Longer than any uid that an API server makes.
    private static let longest = 64

    /// The first `"uid": "…"` after the first `"request"`; `nil` if there is none.
    static func scan(_ bytes: some Collection<UInt8>) -> String? {
        let text = Array(bytes.prefix(reach))
        guard let request = text.firstRange(of: Array("\"request\"".utf8)),
            let key = text[request.upperBound...].firstRange(of: Array("\"uid\"".utf8))
        else { return nil }
        var rest = text[key.upperBound...].drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
        guard rest.popFirst() == UInt8(ascii: ":") else { return nil }
        rest = rest.drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        let uid = rest.prefix { $0 != UInt8(ascii: "\"") }
        guard uid.count < rest.count, (1...longest).contains(uid.count), uid.allSatisfy(isOfUID) else { return nil }
        return String(decoding: uid, as: UTF8.self)
    }

    private static func isOfUID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
