/// Why a process cannot tell about itself.
public struct ObservabilityError: Error, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// The address cannot be bound, or the server stopped.
        public static let listening = Code(description: "listening")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do.
    public let message: String
    /// The error that led to this one.
    public let cause: (any Error)?

    /// `code: message`, then the cause.
    public var description: String { "\(code): \(message)\(cause.map { " (\($0))" } ?? "")" }
}
