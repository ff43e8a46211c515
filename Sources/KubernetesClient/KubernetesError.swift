/// Why a request to the API server had no success, or could not be made.
public struct KubernetesError: Error, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// The request or what it carries is malformed (400).
        public static let badRequest = Code(description: "badRequest")
        /// The server does not know who asks (401).
        public static let unauthorized = Code(description: "unauthorized")
        /// Who asks may not do this (403).
        public static let forbidden = Code(description: "forbidden")
        /// The object, or its whole kind, does not exist (404).
        public static let notFound = Code(description: "notFound")
        /// The object exists already, or was changed meanwhile, or somebody else manages the field (409).
        public static let conflict = Code(description: "conflict")
        /// What was asked for is too old (410).
        public static let gone = Code(description: "gone")
        /// The object breaks its schema or a rule of the server (422).
        public static let invalid = Code(description: "invalid")
        /// The server asks to slow down (429).
        public static let tooManyRequests = Code(description: "tooManyRequests")
        /// The server cannot answer now (5xx).
        public static let unavailable = Code(description: "unavailable")
        /// Any other status that is no success.
        public static let unexpectedStatus = Code(description: "unexpectedStatus")
        /// The connection could not be made, was cut, or was silent for too long.
        public static let transport = Code(description: "transport")
        /// The answer could not be read.
        public static let decoding = Code(description: "decoding")
        /// The answer is longer than what is accepted.
        public static let tooLarge = Code(description: "tooLarge")
        /// The kubeconfig, the files of the ServiceAccount or the credential cannot be used.
        public static let configuration = Code(description: "configuration")
        /// The task was cancelled.
        public static let cancelled = Code(description: "cancelled")
    }

    /// What the server says about the failure, beside the message.
    public struct Details: Equatable, Sendable {
        /// The plural name of the kind; empty where unknown.
        public let kind: String
        /// The object's name; empty where unknown.
        public let name: String
        /// The fields that are wrong and why, as `field: message`, in the server's order.
        public let causes: [String]
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do; never holds a credential.
    public let message: String
    /// The HTTP status; `nil` where no answer came.
    public let status: Int?
    /// The server's word for the reason, such as `AlreadyExists` or `Expired`; `nil` where it gave none.
    public let reason: String?
    /// More about what failed; `nil` where the server told nothing.
    public let details: Details?
    /// How long the server asks to wait before the next attempt; `nil` where it does not.
    public let retryAfter: Duration?
    /// The error that led to this one.
    public let cause: (any Error)?

    init(
        _ code: Code, _ message: String, status: Int? = nil, reason: String? = nil, details: Details? = nil,
        retryAfter: Duration? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.reason = reason
        self.details = details
        self.retryAfter = retryAfter
        self.cause = cause
    }

    /// `code: message`, then the cause.
    public var description: String { "\(code): \(message)\(cause.map { " (\($0))" } ?? "")" }
}
