/// Why the rig could not go on.
struct RigError: Error, CustomStringConvertible {
    /// The kinds of failure.
    struct Code: Hashable, CustomStringConvertible {
        let description: String

        /// The machine lacks a right or a program.
        static let machine = Code(description: "machine")
        /// A program could not be started, or failed.
        static let program = Code(description: "program")
        /// What was waited for did not come in time.
        static let timeout = Code(description: "timeout")
        /// A file of the rig or of the manifests is not as it should be.
        static let file = Code(description: "file")
        /// Ctrl-C, or another signal that asks to end.
        static let interrupted = Code(description: "interrupted")
    }

    let code: Code
    /// What failed and what to do.
    let message: String
    /// The error that led to this one.
    let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// `code: message`, then the cause.
    var description: String { "\(code): \(message)\(cause.map { " (\($0))" } ?? "")" }
}
