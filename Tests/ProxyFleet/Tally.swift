internal import Synchronization

/// What a fleet counts together while it runs, for whoever waits for it on another thread.
public final class Tally: Sendable {
    /// The counts.
    public struct Totals: Sendable {
        /// Responses that arrived.
        public var responses = 0
        /// Resources in them.
        public var resources = 0
        /// The bytes of the resources' bodies.
        public var bytes = 0
        /// Names that were taken away.
        public var removed = 0
        /// Responses that were refused.
        public var refusals = 0
        /// Responses that were acknowledged.
        public var acknowledgements = 0
        /// Proxies whose stream is open.
        public var streams = 0
        /// Proxies that have everything that they ask for, on a stream that is open.
        public var settled = 0
        /// Proxies that have acknowledged something since ``Tally/mark()``.
        public var reached = 0
        /// Streams that ended, by the reason.
        public var ends: [String: Int] = [:]
        /// When the last response arrived, or the last acknowledgement was sent.
        public var lastEvent = ContinuousClock.now
        /// When the last acknowledgement was sent.
        public var lastAcknowledgement = ContinuousClock.now
        var epoch = 0
    }

    private let state = Mutex(Totals())

    init() {}

    /// The counts now.
    public var totals: Totals { state.withLock { $0 } }

    /// Begins to count anew which proxies acknowledge something.
    public func mark() {
        state.withLock { totals in
            totals.epoch += 1
            totals.reached = 0
        }
    }

    /// Changes the counts.
    func note<Result>(_ change: (inout Totals) -> Result) -> Result { state.withLock { change(&$0) } }
}
