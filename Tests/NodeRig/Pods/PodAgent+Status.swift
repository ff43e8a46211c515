import NIOHTTP1
import Synchronization

extension PodAgent {
    /// Tells the API server of every change, for as long as the task lives.
    func publish() async {
        for await _ in statusChanges {
            // What happens at once is told at once.
            try? await Task.sleep(for: .milliseconds(5))
            guard !Task.isCancelled else { return }
            await publishNow()
        }
    }

    /// Tells the API server how the pod is.
    func publishNow() async {
        await publishGate.run {
            let record = snapshot
            let (known, sent) = live.withLock { ($0.conditions, $0.sent) }
            let conditions = record.conditions(after: known)
            guard let status = try? record.json(conditions), status != sent else { return }
            live.withLock { $0.conditions = conditions }
            let path = "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.metadata.name)/status"
            let body: JSONValue = ["metadata": ["uid": .string(pod.uid)], "status": status]
            do {
                try await node.api.send(.PATCH, path, body, type: "application/merge-patch+json")
                live.withLock { live in
                    live.sent = status
                    live.isSilent = false
                }
            } catch let failure as APIClient.Failure where [404, 409].contains(failure.status) {
                // The pod is gone, or another has its name.
            } catch {
                guard !Task.isCancelled else { return }
                let isKnown = live.withLock { live in
                    defer { live.isSilent = true }
                    return live.isSilent
                }
                if !isKnown { Console.say("the status of \(pod.metadata.key) could not be told: \(error)") }
                try? await Task.sleep(for: .seconds(1))
                update { _ in }
            }
        }
    }
}
