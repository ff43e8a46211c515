/// What an operation returns, if it does within a time; then it is cancelled, and is expected to end at once.
///
/// - Throws: What the operation throws, or `ProxyIdentityError` with the code `timeout`.
func withTimeLimit<Value: Sendable>(
    _ limit: Duration, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else {
            throw ProxyIdentityError(.timeout, "there was no answer within \(limit): look at the API server")
        }
        return value
    }
}
