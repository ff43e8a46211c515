/// What must be so for a process to be alive, and to be ready.
public struct HealthChecks: Sendable {
    /// One thing that must be so.
    public struct Check: Sendable {
        /// What it is about, such as `watches`.
        public let name: String
        /// `nil` if all is well, else what is missing, in a line for people; it should be quick, and tell no secrets.
        public let missing: @Sendable () -> String?

        /// A check.
        public init(_ name: String, missing: @escaping @Sendable () -> String?) {
            self.name = name
            self.missing = missing
        }
    }

    /// What must be so, or the process should be started anew.
    public let alive: [Check]
    /// What must be so, or the process should be sent nothing yet; who is not alive is not ready either.
    public let ready: [Check]

    /// Checks, in the order in which failures are told.
    public init(alive: [Check] = [], ready: [Check] = []) {
        self.alive = alive
        self.ready = ready
    }

    /// Whether the process is alive: the status 200 and a word, or 503 and a line for each check that failed.
    public func liveness(success: String = "ok") -> HTTPEndpoint.Content { Self.content(alive, success) }

    /// Whether the process is ready, told the same way.
    public func readiness(success: String = "ok") -> HTTPEndpoint.Content { Self.content(alive + ready, success) }

    private static func content(_ checks: [Check], _ success: String) -> HTTPEndpoint.Content {
        let failures = checks.compactMap { check in check.missing().map { "\(check.name): \($0)\n" } }
        return failures.isEmpty ? .text(success) : .text(failures.joined(), status: 503)
    }
}
