internal import Synchronization

/// Wakes a loop: at most one wake is kept, so whoever sleeps through several looks once.
public final class Pulse: Sendable {
    /// The wakes; for one consumer.
    public let beats: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let isTicking = Atomic<Bool>(false)

    /// A pulse that has not beaten.
    public init() { (beats, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Wakes the loop; from any thread.
    public func beat() { continuation.yield() }

    /// Whether the loop waits for time to pass.
    func setTicking(_ isTicking: Bool) { self.isTicking.store(isTicking, ordering: .relaxed) }

    /// Beats at an interval while the loop waits for time to pass, and at a longer one always; until cancelled.
    func tick(every interval: Duration, always longInterval: Duration) async {
        var quiet = Duration.zero
        while (try? await Task.sleep(for: interval)) != nil {
            quiet += interval
            guard isTicking.load(ordering: .relaxed) || quiet >= longInterval else { continue }
            quiet = .zero
            beat()
        }
    }
}
