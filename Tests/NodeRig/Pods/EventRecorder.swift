import Foundation
import NIOHTTP1
import Synchronization

/// Tells the API server what happened to pods.
final class EventRecorder: Sendable {
    private struct Event: Sendable {
        let pod: ObjectMeta
        let container: String?
        let type: String
        let reason: String
        let message: String

        /// What makes two of them the same one, more than once.
        var key: String { [pod.uid ?? "", container ?? "", type, reason, message].joined(separator: "\n") }
    }

    private let api: APIClient
    private let nodeName: String
    private let events: AsyncStream<Event>
    private let source: AsyncStream<Event>.Continuation

    init(api: APIClient, nodeName: String) {
        self.api = api
        self.nodeName = nodeName
        (events, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
    }

    /// Notes that something went as it should.
    func normal(_ reason: String, _ message: String, _ pod: ObjectMeta, container: String? = nil) {
        source.yield(
            Event(pod: pod, container: container, type: "Normal", reason: reason, message: message))
    }

    /// Notes that something did not.
    func warning(_ reason: String, _ message: String, _ pod: ObjectMeta, container: String? = nil) {
        source.yield(
            Event(pod: pod, container: container, type: "Warning", reason: reason, message: message))
    }

    /// Sends events until there will be no more.
    func run() async {
        var sent: [String: (path: String, count: Int)] = [:]
        for await event in events {
            // Events are a courtesy: one that the API server does not take is lost.
            if let known = sent[event.key] {
                sent[event.key]?.count += 1
                let change: JSONValue = ["count": .int(known.count + 1), "lastTimestamp": .string(Timestamp.now)]
                _ = try? await api.send(.PATCH, known.path, change, type: "application/merge-patch+json")
                continue
            }
            let namespace = event.pod.namespace ?? "default"
            let collection = "/api/v1/namespaces/\(namespace)/events"
            guard let stored = try? await api.send(.POST, collection, object(event, namespace)),
                let name = stored.at("metadata", "name")?.string
            else { continue }
            sent[event.key] = ("\(collection)/\(name)", 1)
        }
    }

    /// Sends what is left, and no more.
    func finish() { source.finish() }

    private func object(_ event: Event, _ namespace: String) -> JSONValue {
        let now = JSONValue.string(Timestamp.now)
        return [
            "metadata": ["generateName": .string("\(event.pod.name)."), "namespace": .string(namespace)],
            "involvedObject": .fields([
                "apiVersion": "v1", "kind": "Pod", "name": .string(event.pod.name), "namespace": .string(namespace),
                "uid": event.pod.uid.map { .string($0) },
                "fieldPath": event.container.map { .string("spec.containers{\($0)}") },
            ]),
            "type": .string(event.type), "reason": .string(event.reason), "message": .string(event.message),
            "source": ["component": "kubelet", "host": .string(nodeName)], "firstTimestamp": now, "lastTimestamp": now,
            "count": 1,
        ]
    }
}

/// Times as Kubernetes writes them.
enum Timestamp {
    static var now: String { Date().formatted(.iso8601) }
}
