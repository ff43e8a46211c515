public import Metrics
internal import Synchronization

/// The instruments of a process, and what they show, in the Prometheus text format.
///
/// It is a backend of swift-metrics: a `Counter` or `FloatingPointCounter` becomes a counter, a `Gauge`, `Meter` or a
/// `Recorder` that does not aggregate a gauge, a `Timer` (in seconds) or a `Recorder` that aggregates a histogram. Names
/// are exposed as they are given, in the letters that the format has; instruments of the same name and dimensions are
/// one. To record takes no lock that instruments share.
public final class PrometheusRegistry: MetricsFactory {
    /// The most sets of labels that a metric may have, by default.
    public static let labelSetLimit = 10_000
    /// The most names that are exposed beside those described.
    static let undescribedLimit = 1000
    /// What counts the instruments that are not exposed.
    static let droppedName = "osm_metrics_dropped_total"

    /// What bears one name.
    struct Family {
        let kind: MetricDescription.Kind
        let description: MetricDescription?
        /// By their labels as they are exposed.
        var instruments: [String: any Instrument] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var undescribed = 0
        var irregularities: Set<String> = []
        var refreshes: [@Sendable () -> Void] = []
    }

    private let descriptions: [String: MetricDescription]
    private let limit: Int
    private let process: ProcessFigures?
    private let state = Mutex(State())

    /// A registry without instruments.
    ///
    /// - Parameters:
    ///   - descriptions: What the names mean; of two with the same name the first holds.
    ///   - labelSetLimit: The most sets of labels that a metric may have; the instruments of further ones work, but are
    ///     not exposed, only counted in `osm_metrics_dropped_total`.
    ///   - describesProcess: Whether memory, processor time, start and open files of the process are exposed.
    public init(
        _ descriptions: [MetricDescription], labelSetLimit: Int = labelSetLimit, describesProcess: Bool = true
    ) {
        self.descriptions = Dictionary(
            (descriptions + (describesProcess ? ProcessFigures.descriptions : []) + [Self.droppedDescription]).map {
                ($0.name, $0)
            }, uniquingKeysWith: { first, _ in first })
        limit = labelSetLimit
        process = describesProcess ? ProcessFigures() : nil
    }

    /// What is not as the descriptions say: a name that has none, or is used for another kind or with other labels.
    ///
    /// Sorted; for tests of whole processes.
    public var irregularities: [String] { state.withLock { $0.irregularities.sorted() } }

    /// Calls a closure before each exposition, to set gauges that are read rather than kept.
    ///
    /// It may be called by several tasks at once, and should be quick.
    public func onScrape(_ refresh: @escaping @Sendable () -> Void) { state.withLock { $0.refreshes.append(refresh) } }

    /// All instruments as they are now: metrics sorted by name, samples by their labels.
    public func exposition() -> String {
        for refresh in state.withLock({ $0.refreshes }) { refresh() }
        var families = state.withLock { $0.families }
        for (name, value) in process?.now() ?? [] {
            guard let description = descriptions[name] else { continue }
            let figure = GaugeInstrument(name: name, labels: "")
            figure.set(value)
            families[name] = Family(kind: description.kind, description: description, instruments: ["": figure])
        }
        var text = ExpositionText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.instruments.isEmpty {
            text.head(name, family.kind, help: family.description?.help)
            for (_, instrument) in family.instruments.sorted(by: { $0.key < $1.key }) {
                instrument.write(into: &text)
            }
        }
        return text.text
    }

    /// The instrument of a name and dimensions: the one that there is, or a new one.
    private func instrument<Kind: Instrument>(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricDescription.Kind,
        _ make: (_ name: String, _ labels: String) -> Kind
    ) -> Kind {
        let name = ExpositionText.metricName(label)
        let labels = ExpositionText.labels(dimensions, reserved: kind == .histogram ? "le" : nil)
        return state.withLock { state in
            if let known = state.families[name]?.instruments[labels] as? Kind { return known }
            let new = make(name, labels)
            note(name, dimensions, kind, &state)
            if admits(name, kind, state) {
                if state.families[name] == nil {
                    if descriptions[name] == nil { state.undescribed += 1 }
                    state.families[name] = Family(kind: kind, description: descriptions[name])
                }
                state.families[name]?.instruments[labels] = new
            } else {
                countDropped(name, &state)
            }
            return new
        }
    }

    /// Whether an instrument may be exposed beside those that are.
    private func admits(_ name: String, _ kind: MetricDescription.Kind, _ state: State) -> Bool {
        if let description = descriptions[name], description.kind != kind { return false }
        guard let family = state.families[name] else {
            guard descriptions[name] == nil else { return true }
            return state.undescribed < Self.undescribedLimit && !isSample(name, kind, state)
        }
        return family.kind == kind && family.instruments.count < limit
    }

    /// Whether a new name would be taken for a sample of a histogram, or the other way round.
    private func isSample(_ name: String, _ kind: MetricDescription.Kind, _ state: State) -> Bool {
        let suffixes = ["_bucket", "_sum", "_count"]
        if kind == .histogram, suffixes.contains(where: { state.families[name + $0] != nil }) { return true }
        return suffixes.contains { suffix in
            guard name.hasSuffix(suffix) else { return false }
            let base = String(name.dropLast(suffix.count))
            return (state.families[base]?.kind ?? descriptions[base]?.kind) == .histogram
        }
    }

    private func note(
        _ name: String, _ dimensions: [(String, String)], _ kind: MetricDescription.Kind, _ state: inout State
    ) {
        guard state.irregularities.count < Self.undescribedLimit else { return }
        guard let description = descriptions[name] else {
            state.irregularities.insert("\(name) is not described")
            return
        }
        if description.kind != kind {
            state.irregularities.insert("\(name) is used as a \(kind.rawValue), not a \(description.kind.rawValue)")
        }
        let names = dimensions.map(\.0)
        if Set(names) != Set(description.labels) {
            state.irregularities.insert(
                "\(name) has the labels \(names.sorted()), not \(description.labels.sorted())")
        }
    }

    private func countDropped(_ name: String, _ state: inout State) {
        // Undescribed names are without number; they share one count.
        let isKnown = descriptions[name] != nil || state.families[name] != nil
        let labels = ExpositionText.labels([("metric", isKnown ? name : "")])
        let dropped = state.families[
            Self.droppedName, default: Family(kind: .counter, description: Self.droppedDescription)]
        let counter =
            dropped.instruments[labels] as? CounterInstrument
            ?? CounterInstrument(name: Self.droppedName, labels: labels)
        counter.increment(by: 1 as Int64)
        state.families[Self.droppedName] = dropped
        state.families[Self.droppedName]?.instruments[labels] = counter
    }

    private func remove(_ handler: AnyObject) {
        guard let instrument = handler as? any Instrument else { return }
        state.withLock { state in
            let (name, labels) = (instrument.name, instrument.labels)
            guard state.families[name]?.instruments[labels] === instrument else { return }
            state.families[name]?.instruments[labels] = nil
            if state.families[name]?.instruments.isEmpty == true {
                state.families[name] = nil
                if descriptions[name] == nil { state.undescribed -= 1 }
            }
        }
    }
}

extension PrometheusRegistry {
    private static let droppedDescription = MetricDescription(
        droppedName, .counter,
        help: "Instruments that are not exposed: a metric has too many sets of labels, or another kind.",
        labels: ["metric"], recorded: "Observability, when an instrument is made")

    /// A counter of whole numbers.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(label, dimensions, .counter) { CounterInstrument(name: $0, labels: $1) }
    }

    /// A counter.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        instrument(label, dimensions, .counter) { CounterInstrument(name: $0, labels: $1) }
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(label, dimensions, .gauge) { GaugeInstrument(name: $0, labels: $1) }
    }

    /// A histogram, or where nothing is to be aggregated a gauge.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else {
            return instrument(label, dimensions, .gauge) { GaugeInstrument(name: $0, labels: $1) }
        }
        return histogram(label, dimensions)
    }

    /// A histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramInstrument {
        instrument(label, dimensions, .histogram) { name, labels in
            let bounds = descriptions[name]?.buckets ?? []
            return HistogramInstrument(
                name: name, labels: labels, bounds: bounds.isEmpty ? MetricDescription.defaultBuckets : bounds)
        }
    }

    /// Exposes a counter no more; who still has an instrument of its name and dimensions records in vain.
    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    /// Exposes a counter no more.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }

    /// Exposes a gauge no more.
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }

    /// Exposes a histogram or gauge no more.
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }

    /// Exposes a histogram no more.
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
