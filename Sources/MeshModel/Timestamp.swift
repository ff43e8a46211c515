/// A moment in whole seconds since 1970-01-01T00:00:00Z, as Kubernetes writes `creationTimestamp`.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Seconds since the epoch.
    public let seconds: Int64

    /// A moment by its seconds since the epoch.
    public init(seconds: Int64) { self.seconds = seconds }

    /// The moment that an RFC 3339 text in UTC or with an offset spells, fractions of a second dropped;
    /// `nil` if it spells none.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var next = 19
        if bytes[next] == UInt8(ascii: ".") {
            next += 1
            guard number(next..<next + 1) != nil else { return nil }
            while next < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[next]) { next += 1 }
        }
        guard next < bytes.count else { return nil }
        var offset: Int64 = 0
        switch bytes[next] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            guard next + 1 == bytes.count else { return nil }
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard next + 6 == bytes.count, let hours = number(next + 1..<next + 3),
                bytes[next + 3] == UInt8(ascii: ":"), let minutes = number(next + 4..<next + 6), hours < 24,
                minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[next] == UInt8(ascii: "-") ? -1 : 1)
        default: return nil
        }
        // Days since the epoch in the proleptic Gregorian calendar, counted from 1 March; the calendar repeats every
        // 400 years, of which one is added so that January of year 0 lies above zero.
        let shifted = (month > 2 ? year : year - 1) + 400
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = (era - 1) * 146_097 + dayOfEra - 719_468
        seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Earlier first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }
}

extension Timestamp: Decodable {
    /// Reads an RFC 3339 text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let timestamp = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "`\(text)` is not a time such as 2026-01-31T12:00:00Z")
        }
        self = timestamp
    }
}
