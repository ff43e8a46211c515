internal import Synchronization

/// The readings that have not been taken yet, on their way from the watching thread to the task that uses them.
///
/// Later readings are merged into earlier ones, so no more is held than the directory holds.
final class DirectoryReadings: Sendable {
    private struct State {
        var reading: DirectoryReading?
        var failure: ManifestSourceError?
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// An element for each time that there may be something to take; ends when nothing more will come.
    let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    init() { (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Adds a reading.
    func put(_ reading: DirectoryReading) {
        state.withLock { $0.reading = $0.reading?.merged(with: reading) ?? reading }
        signal.yield()
    }

    /// Ends the readings, with an error if they end because of one.
    func finish(_ failure: ManifestSourceError? = nil) {
        let waiter = state.withLock { state in
            state.failure = failure
            state.isFinished = true
            defer { state.waiter = nil }
            return state.waiter
        }
        signal.finish()
        waiter?.resume()
    }

    /// Waits for the end, also where the task is cancelled; for one task.
    func end() async {
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                if !state.isFinished { state.waiter = continuation }
                return state.isFinished
            }
            if isFinished { continuation.resume() }
        }
    }

    /// Takes all that was put since the last time.
    func take() -> DirectoryReading? {
        state.withLock { state in
            defer { state.reading = nil }
            return state.reading
        }
    }

    /// The error that ended the readings.
    var failure: ManifestSourceError? { state.withLock { $0.failure } }
}
