/// A Lease of `coordination.k8s.io/v1`, as far as elections use it.
struct Lease: Codable, Equatable, Sendable {
    struct Metadata: Codable, Equatable, Sendable {
        var name: String?
        var namespace: String?
        var resourceVersion: String?
    }

    struct Spec: Codable, Equatable, Sendable {
        /// Who holds it; empty or absent for nobody.
        var holderIdentity: String?
        /// For how long after a renewal it is held, in seconds.
        var leaseDurationSeconds: Int?
        /// When its holder began to hold it, by the holder's clock.
        var acquireTime: String?
        /// When its holder last renewed it, by the holder's clock.
        var renewTime: String?
        /// How often it went from one holder to another.
        var leaseTransitions: Int?
    }

    var apiVersion: String? = "coordination.k8s.io/v1"
    var kind: String? = "Lease"
    var metadata: Metadata
    var spec: Spec?
}

/// A moment as Leases write it: RFC 3339 in UTC with microseconds.
enum MicroTime {
    /// The text of a moment, such as `2026-01-31T12:00:00.000000Z`.
    ///
    /// - Parameter microseconds: Since 1970-01-01T00:00:00Z; not negative.
    static func text(microseconds: Int64) -> String {
        let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = date(days: days)
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(width - digits.count, 0)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(padded(second / 3600, 2)):"
            + "\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2)).\(padded(fraction, 6))Z"
    }

    /// The date so many days after 1970-01-01 in the proleptic Gregorian calendar.
    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Counted in eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
