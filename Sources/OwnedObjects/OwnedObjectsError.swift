/// Why something in the cluster cannot be kept as it should be.
public struct OwnedObjectsError: Error, CustomStringConvertible, Sendable {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// The Secret of the roots cannot be had.
        public static let secret = Code(description: "secret")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The Secret of the roots cannot be used, and why.
    public init(secret message: String) { self.init(.secret, message) }

    /// `code: message`.
    public var description: String { "\(code): \(message)" }
}
