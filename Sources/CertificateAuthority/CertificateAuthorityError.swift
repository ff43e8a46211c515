/// Why a certificate, or the root that signs it, could not be had.
public struct CertificateAuthorityError: Error, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// The root's file could not be read or written.
        public static let file = Code(description: "file")
        /// The root's file was read, and what it holds is not a root that may be used.
        public static let root = Code(description: "root")
        /// The root is not valid at this time.
        public static let validity = Code(description: "validity")
        /// A replacement of the root is under way, or none is.
        public static let replacement = Code(description: "replacement")
        /// No certificate is issued to this name.
        public static let name = Code(description: "name")
        /// A key or certificate could not be made: a fault of this program, never of its input.
        public static let issuing = Code(description: "issuing")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do; never holds key material.
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
