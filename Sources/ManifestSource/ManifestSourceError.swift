/// Why a directory of manifests cannot be a source.
public struct ManifestSourceError: Error, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// The directory is not there or cannot be read.
        public static let directory = Code(description: "directory")
        /// The system does not let the directory be watched.
        public static let watch = Code(description: "watch")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do.
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
