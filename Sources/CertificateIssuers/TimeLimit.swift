/// The time for something is over.
struct TimeLimitExceeded: Error {}

/// Does something, and cancels it when its time is over.
///
/// - Throws: `TimeLimitExceeded`, or what the body throws.
func withTimeLimit<Value: Sendable>(
    _ limit: Duration, _ body: @Sendable @escaping () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimeLimitExceeded()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw TimeLimitExceeded() }
        return first
    }
}
