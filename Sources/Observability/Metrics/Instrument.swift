internal import Metrics
internal import Synchronization

/// One metric with one set of labels, into which a component records; any number of tasks may at once.
protocol Instrument: AnyObject, Sendable {
    /// The metric's name, as it is exposed.
    var name: String { get }
    /// The labels, as they stand between the braces.
    var labels: String { get }

    /// Writes the samples.
    func write(into text: inout ExpositionText)
}

/// A number that only grows: what would make it less is left out.
final class CounterInstrument: Instrument, CounterHandler, FloatingPointCounterHandler {
    let name: String
    let labels: String
    private let whole = Atomic<Int64>(0)
    private let broken = AtomicDouble()

    init(name: String, labels: String) {
        self.name = name
        self.labels = labels
    }

    func increment(by amount: Int64) {
        if amount > 0 { whole.wrappingAdd(amount, ordering: .relaxed) }
    }

    func increment(by amount: Double) {
        if amount > 0, amount.isFinite { broken.update { $0 + amount } }
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        broken.update { _ in 0 }
    }

    func write(into text: inout ExpositionText) {
        let (whole, broken) = (whole.load(ordering: .relaxed), broken.value)
        text.sample(
            name, labels: labels, broken == 0 ? String(whole) : ExpositionText.number(Double(whole) + broken))
    }
}

/// A number as it is now.
final class GaugeInstrument: Instrument, MeterHandler, RecorderHandler {
    let name: String
    let labels: String
    private let number = AtomicDouble()

    init(name: String, labels: String) {
        self.name = name
        self.labels = labels
    }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { number.update { _ in value } }
    func increment(by amount: Double) { number.update { $0 + amount } }
    func decrement(by amount: Double) { number.update { $0 - amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    func write(into text: inout ExpositionText) {
        text.sample(name, labels: labels, ExpositionText.number(number.value))
    }
}

/// Measurements, counted by their size.
final class HistogramInstrument: Instrument, RecorderHandler, TimerHandler {
    private struct State {
        /// How many fell into each bucket and into none before; the last is that of infinity.
        var counts: [UInt64]
        var sum = 0.0
    }

    let name: String
    let labels: String
    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: The upper bounds of the buckets, ascending, without infinity.
    init(name: String, labels: String, bounds: [Double]) {
        self.name = name
        self.labels = labels
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // What is no number would spoil the sum for ever.
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    func write(into text: inout ExpositionText) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        let prefix = labels.isEmpty ? "" : labels + ","
        var count: UInt64 = 0
        for (bound, inBucket) in zip(bounds + [.infinity], counts) {
            count += inBucket
            text.sample("\(name)_bucket", labels: #"\#(prefix)le="\#(ExpositionText.number(bound))""#, String(count))
        }
        text.sample("\(name)_sum", labels: labels, ExpositionText.number(sum))
        text.sample("\(name)_count", labels: labels, String(count))
    }
}

/// A number that several tasks may change at once, zero at first.
private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func update(_ change: (Double) -> Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = change(Double(bitPattern: old)).bitPattern
            let (isDone, found) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if isDone { return }
            old = found
        }
    }
}
