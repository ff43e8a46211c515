/// A service that is asked about each inbound request (external authorization).
public struct RequestAuthorizer: Hashable, Sendable {
    /// Where it is; `nil` if nobody can tell, so that no answer comes.
    public let service: OutsideService?
    /// The prefix of its statistics.
    public let statPrefix: String
    /// How long its answer may take.
    public let timeout: Duration
    /// Whether requests pass while no answer comes.
    public let passesWithoutAnswer: Bool

    /// A service that is asked.
    public init(service: OutsideService?, statPrefix: String, timeout: Duration, passesWithoutAnswer: Bool) {
        self.service = service
        self.statPrefix = statPrefix
        self.timeout = timeout
        self.passesWithoutAnswer = passesWithoutAnswer
    }
}
