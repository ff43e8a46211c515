internal import Metrics

/// How often and how fast an endpoint answers.
struct HTTPFigures: Sendable {
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) { self.factory = factory }

    /// Counts an answer.
    ///
    /// - Parameters:
    ///   - method: The method; empty where it is none that is answered, since anybody may think of others.
    ///   - path: The path; empty where it is none that is answered.
    func record(method: String, path: String, status: Int, _ duration: Duration) {
        let dimensions = [("code", String(status)), ("method", method), ("path", path)]
        Counter(label: "osm_http_response_total", dimensions: dimensions, factory: factory).increment()
        Timer(label: "osm_http_response_duration", dimensions: dimensions, factory: factory).record(duration: duration)
    }
}
