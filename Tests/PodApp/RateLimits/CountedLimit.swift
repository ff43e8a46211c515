import ArgumentParser

/// A limit of the rate limit server as a command-line argument: `DOMAIN KEY=VALUE[,KEY=VALUE…] COUNT/UNIT`.
///
/// It is about descriptors of exactly these entries in this order. The value `*` stands for every value, each counted
/// by itself. The unit is `second`, `minute` or `hour`.
struct CountedLimit: ExpressibleByArgument, Sendable {
    /// The words for units, and their seconds.
    static let units = ["second": 1, "minute": 60, "hour": 3600]

    let domain: String
    let entries: [(key: String, value: String)]
    let count: Int
    let unit: String

    /// The length of the unit.
    var interval: Duration { .seconds(Self.units[unit] ?? 1) }

    init?(argument: String) {
        let words = argument.split(separator: " ")
        guard words.count == 3 else { return nil }
        domain = String(words[0])
        var entries: [(key: String, value: String)] = []
        for entry in words[1].split(separator: ",") {
            let parts = entry.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            entries.append((String(parts[0]), String(parts[1])))
        }
        let rate = words[2].split(separator: "/")
        guard !entries.isEmpty, rate.count == 2, let count = Int(rate[0]), Self.units[String(rate[1])] != nil else {
            return nil
        }
        (self.entries, self.count, unit) = (entries, count, String(rate[1]))
    }

    /// Whether it is about a descriptor.
    func covers(_ descriptor: [(key: String, value: String)], in domain: String) -> Bool {
        self.domain == domain && descriptor.count == entries.count
            && zip(entries, descriptor).allSatisfy { $0.key == $1.key && ($0.value == "*" || $0.value == $1.value) }
    }
}
