/// A line of the output of a load of connections.
struct ConnectionReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case time = "t"
        case isTotal = "total"
        case open, opened, unopened, lost, sent, answers, mismatches, apps
    }

    private let time = JSONLine.timestamp()
    private let isTotal: Bool?
    private let sums: ConnectionTally.Sums

    /// What happened since the line before, or in all.
    init(_ sums: ConnectionTally.Sums, isTotal: Bool = false) {
        self.sums = sums
        self.isTotal = isTotal ? true : nil
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(time, forKey: .time)
        try container.encodeIfPresent(isTotal, forKey: .isTotal)
        try container.encode(sums.open, forKey: .open)
        try container.encode(sums.opened, forKey: .opened)
        try container.encode(sums.unopened, forKey: .unopened)
        try container.encode(sums.lost, forKey: .lost)
        try container.encode(sums.sent, forKey: .sent)
        try container.encode(sums.answers, forKey: .answers)
        try container.encode(sums.mismatches, forKey: .mismatches)
        try container.encode(sums.apps, forKey: .apps)
    }
}
