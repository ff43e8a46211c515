/// A duration in the spelling of Go, which every duration of the original's API has, such as `1h30m` or `500ms`.
///
/// Grammar: an optional sign, then one or more of a decimal number with an optional fraction and a unit (`ns`, `us`
/// or `µs`, `ms`, `s`, `m`, `h`); a plain `0` needs no unit. There are no days. Source: Go's `time.ParseDuration`.
public struct GoDuration: Hashable, Sendable {
    /// The time, in whole nanoseconds.
    public let duration: Duration

    /// The duration that a text spells; `nil` if it spells none or more than about 292 years.
    public init?(_ text: String) {
        var rest = Substring(text).unicodeScalars
        var isNegative = false
        if let sign = rest.first, sign == "-" || sign == "+" {
            isNegative = sign == "-"
            rest.removeFirst()
        }
        guard !rest.isEmpty else { return nil }
        if rest.elementsEqual("0".unicodeScalars) {
            duration = .zero
            return
        }
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let part = Self.takeTerm(&rest) else { return nil }
            let (sum, isOver) = total.addingReportingOverflow(part)
            guard !isOver else { return nil }
            total = sum
        }
        duration = .nanoseconds(isNegative ? -total : total)
    }

    /// Takes one number with its unit off the front: its nanoseconds.
    private static func takeTerm(_ rest: inout Substring.UnicodeScalarView) -> Int64? {
        let whole = takeDigits(&rest)
        var fraction: [Int64] = []
        if rest.first == "." {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var unit = ""
        while let scalar = rest.first, scalar != ".", !("0"..."9").contains(scalar) {
            unit.unicodeScalars.append(scalar)
            rest.removeFirst()
        }
        guard let scale = nanoseconds(inUnit: unit) else { return nil }
        var value: Int64 = 0
        for digit in whole {
            let (tens, isProductOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isSumOver) = tens.addingReportingOverflow(digit)
            guard !isProductOver, !isSumOver else { return nil }
            value = sum
        }
        let (product, isOver) = value.multipliedReportingOverflow(by: scale)
        guard !isOver else { return nil }
        // What lies below a nanosecond is dropped; 18 digits are finer than that for every unit.
        var numerator: Int128 = 0
        var denominator: Int128 = 1
        for digit in fraction.prefix(18) {
            numerator = numerator * 10 + Int128(digit)
            denominator *= 10
        }
        let part = Int64(Int128(scale) * numerator / denominator)
        let (sum, isSumOver) = product.addingReportingOverflow(part)
        return isSumOver ? nil : sum
    }

    private static func takeDigits(_ rest: inout Substring.UnicodeScalarView) -> [Int64] {
        var digits: [Int64] = []
        while let scalar = rest.first, ("0"..."9").contains(scalar) {
            digits.append(Int64(scalar.value - 48))
            rest.removeFirst()
        }
        return digits
    }

    private static func nanoseconds(inUnit unit: String) -> Int64? {
        switch unit {
        case "ns": 1
        case "us", "µs", "μs": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        default: nil
        }
    }
}
