/// When requests are due: at `start + n / rate`.
struct Schedule: Sendable {
    /// The due times, each when it has come.
    ///
    /// Ends at `stop` or with the schedule's length.
    let dueTimes: AsyncStream<ContinuousClock.Instant>

    private let rate: Double
    private let length: Duration?
    private let continuation: AsyncStream<ContinuousClock.Instant>.Continuation

    init(rate: Double, length: Duration?) {
        self.rate = rate
        self.length = length
        (dueTimes, continuation) = AsyncStream.makeStream()
    }

    /// Yields the due times, from now on; late ones at once, none is left out.
    func run() async {
        let start = ContinuousClock.now
        var number = 0
        while true {
            let offset = Duration.seconds(Double(number) / rate)
            if let length, offset >= length { break }
            do {
                try await Task.sleep(until: start + offset, tolerance: .zero, clock: .continuous)
            } catch {
                break
            }
            if case .terminated = continuation.yield(start + offset) { break }
            number += 1
        }
        continuation.finish()
    }

    /// Ends `dueTimes`; requests under way are not touched.
    func stop() { continuation.finish() }
}
