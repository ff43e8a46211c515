import MeshModel
import Metrics
import Synchronization
import TestInstruments
import Testing

@testable import KubernetesClient

/// Keeps the last value of each metric.
private final class RecordedMetrics: MetricsFactory {
    private final class Value: CounterHandler, RecorderHandler {
        private let value = Mutex(0.0)
        var current: Double { value.withLock { $0 } }
        func increment(by amount: Int64) { value.withLock { $0 += Double(amount) } }
        func reset() { value.withLock { $0 = 0 } }
        func record(_ new: Int64) { value.withLock { $0 = Double(new) } }
        func record(_ new: Double) { value.withLock { $0 = new } }
    }

    private let values = Mutex<[String: Value]>([:])

    /// The metrics as `name{label=value,...}`.
    var current: [String: Double] { values.withLock { $0.mapValues(\.current) } }

    private func value(_ label: String, _ dimensions: [(String, String)]) -> Value {
        let key = "\(label){\(dimensions.map { "\($0)=\($1)" }.joined(separator: ","))}"
        return values.withLock { values in
            if let value = values[key] { return value }
            let value = Value()
            values[key] = value
            return value
        }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { value(label, dimensions) }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        value(label, dimensions)
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { NOOPMetricsHandler.instance }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}

@Suite("What the client counts")
struct MetricsTests {
    @Test("Are requests, events, ends of watches, and what is known")
    func watch() async throws {
        let object = "{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"resourceVersion\":\"1\"}}"
        let bad = "{\"metadata\":{\"name\":\"b\",\"resourceVersion\":\"3\",\"labels\":7}}"
        let metrics = RecordedMetrics()
        try await ScriptedServer.with { request, before in
            if request.path == "/version" { return .json("{\"major\":\"1\",\"minor\":\"20\"}") }
            guard request.isWatch else {
                return .json("{\"metadata\":{\"resourceVersion\":\"2\"},\"items\":[\(object)]}")
            }
            guard before == 0 else { return ScriptedServer.Answer(ending: .stall) }
            let lines = [
                "{\"type\":\"DELETED\",\"object\":\(object)}\n", "{\"type\":\"ADDED\",\"object\":\(bad)}\n",
                "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}\n",
            ]
            return ScriptedServer.Answer(parts: lines, ending: .complete)
        } _: { server in
            let client = try KubernetesClient(
                server.access, timing: TransportTiming(), logger: LogRecorder().logger,
                metrics: ClientMetrics(metrics))
            try await following(client.watch(ServiceAccount.self)) { follower in
                _ = try await follower.wait { state in
                    state.changes.count == 2 && server.requests.count { $0.isWatch } == 2
                }
            }
            try await client.shutdown()
        }
        let kind = "kind=ServiceAccount"
        let current = metrics.current
        #expect(current["osm_kubernetes_requests_total{verb=list,code=200}"] == 1)
        #expect(current["osm_kubernetes_requests_total{verb=get,code=200}"] == 1)
        #expect(current["osm_kubernetes_watch_events_total{\(kind),type=removed}"] == 1)
        #expect(current["osm_kubernetes_watch_events_total{\(kind),type=set}"] == 1)
        #expect(current["osm_kubernetes_watch_events_total{\(kind),type=bookmark}"] == 1)
        #expect(current["osm_kubernetes_watch_restarts_total{\(kind),reason=ended}"] == 1)
        #expect(current["osm_kubernetes_watch_synchronized{\(kind)}"] == 1)
        #expect(current["osm_kubernetes_watch_objects{\(kind)}"] == 0)
        #expect(current["osm_kubernetes_objects_unreadable_total{\(kind)}"] == 1)
    }
}
