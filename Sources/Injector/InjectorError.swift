/// Why the injector could not make what it was asked for.
public struct InjectorError: Error, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// A message of Envoy's could not be written as JSON: a fault of this program, never of its input.
        public static let encoding = Code(description: "encoding")
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
