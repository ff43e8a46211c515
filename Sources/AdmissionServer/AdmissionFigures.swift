internal import Metrics

/// What the webhooks answer, and how fast.
struct AdmissionFigures: Sendable {
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) { self.factory = factory }

    /// Counts a decision, by the original's name and labels.
    ///
    /// - Parameter kind: The kind of object; empty where it is none that is known.
    func decided(kind: String, isAllowed: Bool) {
        Counter(
            label: "osm_admission_webhook_response_total",
            dimensions: [("kind", kind), ("success", isAllowed ? "true" : "false")], factory: factory
        ).increment()
    }

    /// Counts and times an answer.
    func answered(path: String, method: String, status: Int, _ duration: Duration) {
        let dimensions = [("code", String(status)), ("method", method), ("path", path)]
        Counter(label: "osm_http_response_total", dimensions: dimensions, factory: factory).increment()
        Timer(label: "osm_http_response_duration", dimensions: dimensions, factory: factory).record(duration: duration)
    }
}
