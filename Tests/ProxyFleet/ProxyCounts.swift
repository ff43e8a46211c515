/// What one proxy has counted over all its streams.
public struct ProxyCounts: Sendable {
    /// Responses that arrived.
    public var responses = 0
    /// Resources in them, by type.
    public var resources: [ResourceKind: Int] = [:]
    /// The bytes of the resources' bodies.
    public var bytes = 0
    /// Names that were taken away.
    public var removed = 0
    /// Responses that it refused.
    public var refusals = 0
    /// Responses that it acknowledged.
    public var acknowledgements = 0
    /// The bytes of its own requests.
    public var requestBytes = 0
    /// Addresses about which it asked, since its pod called them and it had no listener there.
    public var questions = 0
    /// How long it took from each question to the answer.
    public var answers: [Duration] = []
    /// How many responses came from each question to the answer, which is one of them.
    public var answerResponses: [Int] = []
    /// When it sent its last acknowledgement.
    public var lastAcknowledgement: ContinuousClock.Instant?
    /// When its first certificate arrived.
    public var certified: ContinuousClock.Instant?
    /// When it last had everything that it asks for.
    public var settled: ContinuousClock.Instant?

    init() {}

    /// Resources that arrived, of all types.
    public var allResources: Int { resources.values.reduce(0, +) }
}
