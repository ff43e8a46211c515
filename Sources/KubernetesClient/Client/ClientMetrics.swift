internal import MeshModel
internal import Metrics

/// What the client counts.
///
/// - `osm_kubernetes_requests_total{verb,code}`: answers; the code is `0` where none came.
/// - `osm_kubernetes_watch_events_total{kind,type}`: events heard.
/// - `osm_kubernetes_watch_restarts_total{kind,reason}`: ends of watches.
/// - `osm_kubernetes_watch_synchronized{kind}`: 1 once every object of a kind was told.
/// - `osm_kubernetes_watch_objects{kind}`: objects known.
/// - `osm_kubernetes_objects_unreadable_total{kind}`: objects that could not be read.
/// - `osm_kubernetes_leader{lease}`: 1 while this replica leads.
struct ClientMetrics: Sendable {
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory = MetricsSystem.factory) { self.factory = factory }

    func answered(verb: String, code: Int) {
        count("osm_kubernetes_requests_total", [("verb", verb), ("code", String(code))])
    }

    func heard(_ kind: SourceKind, type: String, _ number: Int) {
        count("osm_kubernetes_watch_events_total", [("kind", kind.name), ("type", type)], number)
    }

    func restarted(_ kind: SourceKind, reason: String) {
        count("osm_kubernetes_watch_restarts_total", [("kind", kind.name), ("reason", reason)])
    }

    func synchronized(_ kind: SourceKind, _ isSynchronized: Bool) {
        let kind = [("kind", kind.name)]
        Gauge(label: "osm_kubernetes_watch_synchronized", dimensions: kind, factory: factory)
            .record(isSynchronized ? 1 : 0)
    }

    func knows(_ kind: SourceKind, _ number: Int) {
        Gauge(label: "osm_kubernetes_watch_objects", dimensions: [("kind", kind.name)], factory: factory)
            .record(number)
    }

    func unreadable(_ kind: SourceKind) {
        count("osm_kubernetes_objects_unreadable_total", [("kind", kind.name)])
    }

    func leads(_ lease: ObjectName, _ isLeader: Bool) {
        Gauge(label: "osm_kubernetes_leader", dimensions: [("lease", lease.description)], factory: factory)
            .record(isLeader ? 1 : 0)
    }

    private func count(_ label: String, _ dimensions: [(String, String)], _ number: Int = 1) {
        Counter(label: label, dimensions: dimensions, factory: factory).increment(by: number)
    }
}
