/// Why an issuer gave no certificate.
public struct IssuerFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// It does not answer, or says that it cannot now.
        public static let unreachable = Code(description: "unreachable")
        /// It does not let the controller ask: a token that is wrong, expired or has too few rights.
        public static let denied = Code(description: "denied")
        /// It answers that it does not issue what is asked for.
        public static let refused = Code(description: "refused")
        /// Its answer cannot be read, or is not what was asked for.
        public static let malformed = Code(description: "malformed")
        /// What it issues leads to another root than that which pods trust.
        public static let wrongRoot = Code(description: "wrongRoot")
        /// Its root is not valid, or not fit to be one.
        public static let unusableRoot = Code(description: "unusableRoot")
        /// What the object says cannot be used, such as a Secret that does not exist.
        public static let configuration = Code(description: "configuration")
        /// It is being asked: nothing is known of it yet.
        public static let asking = Code(description: "asking")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do; never holds a key or a token.
    public let message: String
    /// How long the issuer asks to be left alone; `nil` where it does not say.
    public let retryAfter: Duration?

    /// A failure.
    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// `code: message`.
    public var description: String { "\(code): \(message)" }
}
