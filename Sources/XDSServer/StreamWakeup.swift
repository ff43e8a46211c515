internal import NIOCore
internal import Synchronization

/// Has a stream's event loop look after the stream; signals that come before it does count as one.
final class StreamWakeup: Sendable {
    private let isSignalled = Atomic(false)
    private let eventLoop: any EventLoop
    private let onSignal: @Sendable () -> Void

    /// - Parameter onSignal: Called on the event loop.
    init(_ eventLoop: any EventLoop, _ onSignal: @escaping @Sendable () -> Void) {
        self.eventLoop = eventLoop
        self.onSignal = onSignal
    }

    /// From any thread.
    func signal() {
        guard !isSignalled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        eventLoop.execute { [self] in
            isSignalled.store(false, ordering: .sequentiallyConsistent)
            onSignal()
        }
    }
}
