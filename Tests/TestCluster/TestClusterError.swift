/// Why a test has no cluster, or a cluster did not do what a test asked of it.
public struct TestClusterError: Error, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// A command of `hack/cluster.sh` failed.
        public static let script = Code(description: "script")
        /// kubectl failed where a test needs its answer.
        public static let kubectl = Code(description: "kubectl")
        /// A file of the cluster's state could not be read.
        public static let file = Code(description: "file")
        /// The file of this package's scripts is not where it should be.
        public static let checkout = Code(description: "checkout")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed, with what the program complained of.
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
