import Foundation
import ProxyIdentity
import Synchronization

/// A server whose answers a test decides, one by one, and that counts how often it is asked.
final class FakeServer: Sendable {
    struct Down: Error {}

    private struct State {
        var questions = 0
        var cancelled = 0
        var waiting: [CheckedContinuation<[UInt8], any Error>] = []
        var answer: Result<[UInt8], any Error>?
    }

    private let state = Mutex(State())

    /// - Parameter answer: What every question is answered with; `nil` where each waits until ``reply(_:)``.
    init(_ answer: Result<[UInt8], any Error>? = nil) { state.withLock { $0.answer = answer } }

    convenience init(keys: TestKey...) { self.init(.success(Self.document(keys))) }

    /// The key set of some keys.
    static func document(_ keys: [TestKey]) -> [UInt8] {
        Array(#"{"keys":[\#(keys.map(\.jwk).joined(separator: ","))]}"#.utf8)
    }

    var questions: Int { state.withLock { $0.questions } }
    var cancelled: Int { state.withLock { $0.cancelled } }

    /// Changes the answer to what is asked from now on.
    func answer(_ answer: Result<[UInt8], any Error>?) { state.withLock { $0.answer = answer } }

    /// Answers all who wait.
    func reply(_ answer: Result<[UInt8], any Error>) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(with: answer) }
    }

    func get() async throws -> [UInt8] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<[UInt8], any Error>? = state.withLock { state in
                    state.questions += 1
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.answer == nil { state.waiting.append(continuation) }
                    return state.answer
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            state.withLock { $0.cancelled += 1 }
            reply(.failure(CancellationError()))
        }
    }
}

/// A clock that a test moves.
final class FakeClock: Sendable {
    private let time = Mutex(ContinuousClock.Instant.now)

    var now: ContinuousClock.Instant { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}

/// Waits until something is so, however long it takes.
func eventually(_ isSo: () -> Bool) async throws {
    while !isSo() { try await Task.sleep(for: .milliseconds(2)) }
}
