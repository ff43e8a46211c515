/// What a metric is: everything about it that does not change.
///
/// A component makes its instruments by name; what the name means is said once, here, so that every metric that is
/// exposed can be looked up in one table.
public struct MetricDescription: Hashable, Sendable {
    /// How a metric is counted and read.
    public enum Kind: String, Hashable, Sendable {
        /// A number that only grows, from the start of the process.
        case counter
        /// A number as it is now.
        case gauge
        /// Measurements, counted by their size.
        case histogram
    }

    /// The buckets of a histogram that names none: upper bounds in seconds, those of the common Prometheus clients.
    public static let defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// The name, as it is exposed; a component's instruments bear it as their label.
    public let name: String
    /// How it is counted.
    public let kind: Kind
    /// What it means, for who reads the exposition.
    public let help: String
    /// The names of its labels, which every instrument of the metric has.
    public let labels: [String]
    /// The upper bounds of a histogram's buckets, in its unit, ascending, without infinity; empty for other kinds.
    public let buckets: [Double]
    /// The component that records it, and at which moment.
    public let recorded: String

    /// A metric.
    ///
    /// - Parameters:
    ///   - buckets: The bounds of a histogram's buckets, in any order; others have none.
    public init(
        _ name: String, _ kind: Kind, help: String, labels: [String] = [], buckets: [Double] = defaultBuckets,
        recorded: String
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.buckets = kind == .histogram ? Set(buckets.filter(\.isFinite)).sorted() : []
        self.recorded = recorded
    }
}
