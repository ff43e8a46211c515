/// What the kubelet asks for when a probe names a path: Envoy sends what it is given, so the path is encoded beforehand.
///
/// The kubelet keeps a path that is a valid part of a URL, and encodes each byte of any other that is not ordinary. A
/// dollar sign is encoded too, though it need not be: the path becomes a part of a container's argument, where
/// Kubernetes would take it for the beginning of a variable's name.
struct RequestTarget: Hashable {
    /// It begins with `/` and is printable ASCII.
    let path: String
    /// The query with its question mark, as it was written; empty without one.
    let query: String

    /// - Parameter text: The path of a probe, with its query.
    init(_ text: String) {
        let slash = UInt8(ascii: "/")
        let bytes = text.utf8
        if bytes.first == slash, bytes.dropFirst().first != slash, bytes.allSatisfy({ Self.isPlain($0) || $0 == slash })
        {
            self.init(path: text, query: "")
        } else {
            self.init(encoding: Array(bytes))
        }
    }

    private init(path: String, query: String) {
        self.path = path
        self.query = query
    }

    private init(encoding bytes: [UInt8]) {
        // What follows a number sign is not sent.
        let sent = bytes.prefix { $0 != UInt8(ascii: "#") }
        var stem = sent.prefix { $0 != UInt8(ascii: "?") }
        let query = sent[stem.endIndex...]
        // Two slashes begin a host, which is not asked, since the kubelet sets its own.
        if stem.starts(with: "//".utf8), !stem.starts(with: "///".utf8) {
            stem = stem.dropFirst(2).drop { $0 != UInt8(ascii: "/") }
        }
        let path: String
        if let decoded = Self.decoded(stem), Self.decoded(bytes.dropFirst(sent.count)) != nil,
            sent.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        {
            path =
                stem.allSatisfy(Self.isValid)
                ? Self.encoded(stem, keeping: Self.isValid) : Self.encoded(decoded)
            self.query = String(decoding: query, as: UTF8.self)
        } else {
            // It is no URL: the kubelet takes the whole text for a path.
            path = Self.encoded(bytes)
            self.query = ""
        }
        self.path = path.hasPrefix("/") ? path : "/\(path)"
    }

    /// Letters, digits, and signs without a meaning.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// What stays in a path that has to be encoded.
    private static func isOrdinary(_ byte: UInt8) -> Bool { isPlain(byte) || "&+,/:;=@".utf8.contains(byte) }

    /// What may be in a path that stays.
    private static func isValid(_ byte: UInt8) -> Bool { isOrdinary(byte) || "!$'()*[]%".utf8.contains(byte) }

    private static func encoded(_ bytes: some Sequence<UInt8>, keeping isKept: (UInt8) -> Bool = isOrdinary) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in bytes {
            if isKept(byte), byte != UInt8(ascii: "$") {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The bytes that a text stands for; `nil` where a percent sign is not followed by two hexadecimal digits.
    private static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy(isHexadecimal),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            result.append(value)
            rest = rest.dropFirst(2)
        }
        return result
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        Character(UnicodeScalar(byte)).isHexDigit
    }
}
