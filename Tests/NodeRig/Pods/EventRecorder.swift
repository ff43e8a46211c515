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

    /// What was sent of an event, and how often it happened.
    private struct Sent: Sendable {
        var path: String?
        var count: Int
    }

    /// How many are sent at once.
    private static let concurrency = 8

    private let sent = Mutex<[String: Sent]>([:])
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
        await withTaskGroup(of: Void.self) { group in
            var underWay = 0
            for await event in events {
                if underWay == Self.concurrency { await group.next() } else { underWay += 1 }
                group.addTask { await self.deliver(event) }
            }
        }
    }

    /// Sends an event, a few times if need be: then it is lost, as a courtesy may be.
    private func deliver(_ event: Event) async {
        for attempt in 1...5 {
            do { return try await send(event) } catch {
                // The next one of its kind is to be sent whole.
                sent.withLock { sent in
                    guard let entry = sent[event.key], entry.path == nil else { return }
                    sent[event.key] = nil
                }
                if Task.isCancelled { return }
                if attempt == 5 { Console.say("event \(event.reason) of \(event.pod.key) is lost: \(error)") }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func send(_ event: Event) async throws {
        let namespace = event.pod.namespace ?? "default"
        let collection = "/api/v1/namespaces/\(namespace)/events"
        let known = sent.withLock { sent -> Sent? in
            sent[event.key, default: Sent(path: nil, count: 0)].count += 1
            let entry = sent[event.key]
            return entry?.count == 1 ? nil : entry
        }
        if let known {
            // One that is still on its way is counted with the next.
            guard let path = known.path else { return }
            let change: JSONValue = ["count": .int(known.count), "lastTimestamp": .string(Timestamp.now)]
            try await api.send(.PATCH, path, change, type: "application/merge-patch+json")
            return
        }
        let stored = try await api.send(.POST, collection, object(event, namespace))
        guard let name = stored.at("metadata", "name")?.string else { return }
        sent.withLock { $0[event.key]?.path = "\(collection)/\(name)" }
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
