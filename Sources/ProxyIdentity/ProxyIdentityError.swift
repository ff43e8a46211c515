/// Why a proxy was not believed, or a token could not be made.
public struct ProxyIdentityError: Error, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// It is no token, or one that lacks what every token here has.
        public static let malformed = Code(description: "malformed")
        /// It is longer than any token is.
        public static let tooLong = Code(description: "tooLong")
        /// It is signed in a way that its key does not sign, or not at all.
        public static let algorithm = Code(description: "algorithm")
        /// No key of that name is known, also after a refresh.
        public static let unknownKey = Code(description: "unknownKey")
        /// The keys could not be had: nothing is known about the token.
        public static let keysUnavailable = Code(description: "keysUnavailable")
        /// Which issuers to believe could not be found out: nothing is known about the token.
        public static let issuersUnavailable = Code(description: "issuersUnavailable")
        /// The API server could not be asked about a token that no known key signed: nothing is known about it.
        public static let reviewUnavailable = Code(description: "reviewUnavailable")
        /// The API server does not believe the token, or says of it what the token does not.
        public static let notAuthenticated = Code(description: "notAuthenticated")
        /// There was no answer in time.
        public static let timeout = Code(description: "timeout")
        /// The signature is wrong.
        public static let signature = Code(description: "signature")
        /// Another issuer made it.
        public static let issuer = Code(description: "issuer")
        /// It is meant for somebody else.
        public static let audience = Code(description: "audience")
        /// It is no longer valid.
        public static let expired = Code(description: "expired")
        /// It is not valid yet.
        public static let notYetValid = Code(description: "notYetValid")
        /// Its subject is not the ServiceAccount that it is bound to.
        public static let subject = Code(description: "subject")
        /// Its pod does not exist.
        public static let unknownPod = Code(description: "unknownPod")
        /// Another pod has its pod's name by now.
        public static let replacedPod = Code(description: "replacedPod")
        /// Its ServiceAccount does not exist.
        public static let unknownServiceAccount = Code(description: "unknownServiceAccount")
        /// Another ServiceAccount has its ServiceAccount's name by now.
        public static let replacedServiceAccount = Code(description: "replacedServiceAccount")
        /// Its pod runs as another ServiceAccount.
        public static let identity = Code(description: "identity")
        /// A set of keys could not be read.
        public static let keySet = Code(description: "keySet")
        /// The file of the issuer's key could not be read or written, or holds no such key.
        public static let file = Code(description: "file")
        /// A token could not be made.
        public static let issuing = Code(description: "issuing")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do, with the pod where it is known; never holds a token or key.
    public let message: String
    /// The error that led to this one.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// `code: message`, then the cause.
    public var description: String { "\(code): \(message)\(cause.map { " (\($0))" } ?? "")" }
}
