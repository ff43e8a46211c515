import Foundation

/// What is known of one container.
struct ContainerRecord: Hashable, Sendable {
    /// How a container ended.
    struct Termination: Hashable, Sendable {
        let exitCode: Int32
        let started: String
        let finished: String
        let containerID: String

        var reason: String { exitCode == 0 ? "Completed" : "Error" }

        var json: JSONValue {
            [
                "terminated": [
                    "exitCode": .int(Int(exitCode)), "reason": .string(reason), "startedAt": .string(started),
                    "finishedAt": .string(finished), "containerID": .string(containerID),
                ]
            ]
        }
    }

    enum State: Hashable, Sendable {
        case waiting(reason: String, message: String = "")
        case running(since: String)
        case terminated(Termination)
    }

    let name: String
    let image: String
    /// Whether its readiness is asked for; otherwise it is ready once it has started.
    let hasReadinessProbe: Bool
    var state: State
    var last: Termination?
    var restarts = 0
    var containerID: String?
    /// Whether it runs, and its startup probe has succeeded.
    var isStarted = false
    var isProbedReady = false

    var isRunning: Bool { if case .running = state { true } else { false } }
    var isReady: Bool { isRunning && isStarted && (isProbedReady || !hasReadinessProbe) }
    var termination: Termination? { if case .terminated(let end) = state { end } else { nil } }

    /// An entry of the pod's status.
    ///
    /// - Parameter isInitial: Whether it is an init container that must end, which is ready when it has.
    func json(isInitial: Bool) -> JSONValue {
        let stateJSON: JSONValue =
            switch state {
            case .waiting(let reason, let message):
                ["waiting": .fields(["reason": .string(reason), "message": message.isEmpty ? nil : .string(message)])]
            case .running(let since): ["running": ["startedAt": .string(since)]]
            case .terminated(let end): end.json
            }
        let isReady = isInitial ? termination?.exitCode == 0 : isReady
        return .fields([
            "name": .string(name), "image": .string(image),
            "imageID": .string(containerID == nil ? "" : "node-rig://\(image)"),
            "containerID": containerID.map { .string($0) }, "state": stateJSON, "lastState": last?.json ?? [:],
            "ready": .bool(isReady), "restartCount": .int(restarts),
            "started": isInitial ? nil : .bool(isRunning && isStarted),
        ])
    }
}
