/// Runs `operation`, and cancels it when the time is over.
///
/// The operation must end when it is cancelled: this waits for it.
///
/// - Throws: `Failure.timeout`, or what `operation` throws.
func withTimeout<Value: Sendable>(
    _ timeout: Duration, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: timeout)
            throw Failure.timeout
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
