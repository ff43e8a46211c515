/// When a client's proxy sends a request again because somebody said so.
///
/// It stands beside the retries that every request has, of what was certainly not delivered (semantics section 6).
public struct RequestRetry: Hashable, Sendable {
    /// When: Envoy's words of its HTTP and gRPC retry policies, sorted, without duplicates.
    public let conditions: [String]
    /// The answers that `retriable-status-codes` means: sorted, without duplicates.
    public let statusCodes: [UInt32]
    /// How often at most; 0 for never.
    public let attempts: UInt32
    /// How long one try may take; `nil` for any time.
    public let perTryTimeout: Duration?
    /// The pause before the first retry; `nil` for the one of the proxy itself.
    ///
    /// It grows up to ten times of it.
    public let pause: Duration?

    /// A retry.
    public init(
        conditions: [String], statusCodes: [UInt32], attempts: UInt32, perTryTimeout: Duration?, pause: Duration?
    ) {
        self.conditions = conditions
        self.statusCodes = statusCodes
        self.attempts = attempts
        self.perTryTimeout = perTryTimeout
        self.pause = pause
    }
}
