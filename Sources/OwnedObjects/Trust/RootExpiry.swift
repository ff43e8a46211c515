internal import FoundationEssentials

/// How soon a root ends, in steps that are worth telling; the later, the greater.
enum RootExpiry: Int, Comparable, Sendable {
    /// A third of its life remains.
    case third
    /// Less than 30 days remain.
    case month
    /// Less than 24 hours remain.
    case day

    /// The last step that is reached; `nil` for none.
    init?(_ life: ClosedRange<Date>, at now: Date) {
        let rest = life.upperBound.timeIntervalSince(now)
        switch rest {
        case ..<86_400: self = .day
        case ..<(30 * 86_400): self = .month
        case ..<(life.upperBound.timeIntervalSince(life.lowerBound) / 3): self = .third
        default: return nil
        }
    }

    static func < (left: RootExpiry, right: RootExpiry) -> Bool { left.rawValue < right.rawValue }

    /// What to say; the same as long as the step is.
    func message(notAfter: String) -> String {
        let rest =
            switch self {
            case .third: "less than a third of the root's life remains"
            case .month: "the root ends in less than 30 days"
            case .day: "the root ends in less than 24 hours"
            }
        return "\(rest), at \(notAfter): make another MeshRootCertificate before"
    }
}
