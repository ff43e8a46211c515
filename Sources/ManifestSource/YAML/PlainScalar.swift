/// What a YAML scalar without quotes means.
///
/// Source: YAML 1.1 as the tools of Kubernetes resolve it when they make JSON for the API server: `yes` and `on` are
/// booleans, `010` is eight, times are texts.
enum PlainScalar {
    /// The value of a scalar without quotes.
    static func value(of text: String) -> YAMLNode.Value {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y": .boolean(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N": .boolean(false)
        default: number(text) ?? .text(text)
        }
    }

    private static func number(_ text: String) -> YAMLNode.Value? {
        guard let first = text.utf8.first, first < 0x3A, first != UInt8(ascii: "/") else { return nil }
        switch text {
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
        case ".nan", ".NaN", ".NAN": return .number(.nan)
        default: break
        }
        let digits = text.filter { $0 != "_" }
        if let whole = integer(digits) { return .integer(whole) }
        return isDecimal(digits) ? Double(digits).map { .number($0) } : nil
    }

    private static func integer(_ text: String) -> Int? {
        let isNegative = text.hasPrefix("-")
        let unsigned = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard let first = unsigned.first, first.isASCII, first.isNumber else { return nil }
        let (digits, radix) =
            switch unsigned.prefix(2).lowercased() {
            case "0x": (unsigned.dropFirst(2), 16)
            case "0o": (unsigned.dropFirst(2), 8)
            case "0b": (unsigned.dropFirst(2), 2)
            default: (unsigned, unsigned.count > 1 && first == "0" ? 8 : 10)
            }
        guard let sign = digits.first, sign != "-", sign != "+" else { return nil }
        return Int((isNegative ? "-" : "") + digits, radix: radix)
    }

    /// Whether a text is digits with a point or exponent: `Double` alone would also read `infinity` and hexadecimals.
    private static func isDecimal(_ text: String) -> Bool {
        var rest = Substring(text).utf8
        func takeSign() {
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
        }
        func takeDigits() -> Int {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest.removeFirst(digits)
            return digits
        }
        takeSign()
        var mantissa = takeDigits()
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            mantissa += takeDigits()
        }
        guard mantissa > 0 else { return false }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            takeSign()
            guard takeDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
