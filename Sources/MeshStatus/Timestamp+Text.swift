public import MeshModel

extension Timestamp: Encodable {
    /// Writes an RFC 3339 text in UTC.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }

    /// The moment as Kubernetes writes it, such as `2026-01-31T12:00:00Z`.
    var rfc3339: String {
        let (days, second) = (Self.floored(seconds, 86_400), Self.remainder(seconds, 86_400))
        // Days since 1 March of year 0 in the proleptic Gregorian calendar, which repeats every 400 years.
        let shifted = days + 719_468
        let (era, dayOfEra) = (Self.floored(shifted, 146_097), Self.remainder(shifted, 146_097))
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))T"
            + "\(Self.digits(second / 3600, 2)):\(Self.digits(second / 60 % 60, 2)):\(Self.digits(second % 60, 2))Z"
    }

    private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
        (value - remainder(value, divisor)) / divisor
    }

    private static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }

    private static func digits(_ value: Int64, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
