internal import FoundationEssentials
internal import KubernetesClient
internal import Logging
internal import MeshModel
internal import Metrics

/// Writes events into the cluster, each once: one that happens again counts up.
///
/// Events are an aid: one that cannot be written is lost, and one beyond the budget, too; both are counted.
struct EventRecorder {
    /// An event and what it is about.
    struct Happening: Sendable {
        let event: ObjectEvent
        let subject: EventSubject
    }

    private let clock = ContinuousClock()
    private let start = ContinuousClock.now
    private let client: KubernetesClient
    private let instance: String
    private let logger: Logger
    private var allowance = Allowance(perSecond: 5, burst: 50)
    /// How often the events happened that this process has written.
    private var counts: [ObjectName: Int] = [:]
    private static let mostCounts = 10_000

    private struct Known: Decodable { let count: Int? }
    private struct Again: Encodable {
        let count: Int
        let lastTimestamp: String
    }

    /// The name under which events and patches are the controller's.
    static let component = "osm-controller"

    init(client: KubernetesClient, instance: String, logger: Logger) {
        self.client = client
        self.instance = instance
        self.logger = logger
    }

    /// Writes what happened to an object.
    mutating func record(_ happening: Happening) async {
        guard allowance.take(at: clock.now - start) else {
            Counter(label: "osm_events_dropped_total", dimensions: [("reason", "budget")]).increment()
            return
        }
        do {
            try await write(happening.event, about: happening.subject)
        } catch {
            Counter(label: "osm_events_dropped_total", dimensions: [("reason", "error")]).increment()
            logger.debug(
                "an event cannot be written",
                metadata: ["object": "\(happening.subject.kind) \(happening.subject.name)", "error": "\(error)"])
        }
    }

    private mutating func write(_ event: ObjectEvent, about subject: EventSubject) async throws {
        let time = Date().formatted(.iso8601)
        let body = EventBody(event, about: subject, component: Self.component, instance: instance, time: time)
        let name = ObjectName(namespace: body.metadata.namespace, name: body.metadata.name)
        if let count = counts[name], try await isCounted(name, count + 1, time) { return }
        if try await client.create(.event, name, body: body) {
            remember(name, 1)
        } else {
            let known = try await client.get(.event, name, as: Known.self)
            _ = try await isCounted(name, (known?.count ?? 1) + 1, time)
        }
    }

    /// Counts an event up; `false` if the API server has forgotten it.
    private mutating func isCounted(_ name: ObjectName, _ count: Int, _ time: String) async throws -> Bool {
        let isThere = try await client.mergePatch(
            .event, name, subresource: nil, body: Again(count: count, lastTimestamp: time))
        if isThere { remember(name, count) } else { counts[name] = nil }
        return isThere
    }

    private mutating func remember(_ name: ObjectName, _ count: Int) {
        if counts.count >= Self.mostCounts { counts = [:] }
        counts[name] = count
    }
}
