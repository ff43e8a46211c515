import Foundation
import NIOHTTP1
import Yams

/// The cluster, as the checks use it.
struct CheckCluster: Sendable {
    /// How long anything may take; the machine may be busy.
    private static let patience = Duration.seconds(120)

    let api: APIClient
    let kubectl: String
    let kubeconfig: String
    /// The directory of the node.
    let directory: String
    /// The directory of pods that are read from files.
    let podFiles: String
    static let namespace = "default"

    /// Makes objects.
    func create(_ manifests: String) async throws {
        for document in try Yams.compose_all(yaml: manifests).map(JSONValue.init(yaml:)) {
            try await api.send(.POST, try Self.collection(document), document)
        }
    }

    /// Makes a pod of containers that are written as YAML.
    func createPod(_ name: String, _ spec: String) async throws {
        try await create(Self.pod(name, spec))
    }

    /// Puts a pod among those that the node reads from files.
    func writePod(_ name: String, _ spec: String) throws {
        let file = URL(filePath: "\(podFiles)/\(name).yaml")
        try Data(Self.pod(name, spec).utf8).write(to: file, options: .atomic)
    }

    private static func pod(_ name: String, _ spec: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), labels: {app: \(name)}}
        spec:
          terminationGracePeriodSeconds: 2
        \(spec.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n"))
        """
    }

    private static func collection(_ object: JSONValue) throws -> String {
        let group: String =
            switch object["kind"]?.string {
            case "Pod", "Service", "ConfigMap", "Secret": "/api/v1"
            case "Deployment", "StatefulSet": "/apis/apps/v1"
            case "Job": "/apis/batch/v1"
            default: throw RigError("no kind \(object["kind"]?.text ?? "")")
            }
        return "\(group)/namespaces/\(namespace)/\(object["kind"]?.string?.lowercased() ?? "")s"
    }

    /// A pod as the API server has it.
    func pod(_ name: String) async throws -> JSONValue {
        try await api.send(.GET, "/api/v1/namespaces/\(Self.namespace)/pods/\(name)")
    }

    /// Waits until a pod is as wanted.
    @discardableResult
    func wait(_ name: String, _ wish: String, until isFulfilled: (JSONValue) -> Bool) async throws -> JSONValue {
        let deadline = ContinuousClock.now + Self.patience
        var last: JSONValue = .null
        while ContinuousClock.now < deadline {
            if let pod = try? await pod(name) {
                if isFulfilled(pod) { return pod }
                last = pod["status"] ?? .null
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw RigError("pod \(name) was not \(wish) within \(Self.patience): \(last.text.prefix(600))")
    }

    /// Waits until something is so.
    func wait(_ wish: String, until isFulfilled: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline {
            if try await isFulfilled() { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw RigError("\(wish): not within \(Self.patience)")
    }

    /// Waits until a pod is ready.
    @discardableResult
    func waitReady(_ name: String) async throws -> JSONValue {
        try await wait(name, "ready") { $0.condition("Ready") == "True" }
    }

    /// Waits until a pod has ended, and returns its phase.
    func waitEnd(_ name: String) async throws -> String {
        let pod = try await wait(name, "ended") { ["Succeeded", "Failed"].contains($0.phase) }
        return pod.phase
    }

    /// What a container printed.
    func log(_ pod: String, _ container: String = "app") async throws -> String {
        let path = "/api/v1/namespaces/\(Self.namespace)/pods/\(pod)/log?container=\(container)"
        return try await api.text(path).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Waits for a line of a container's log that has a word in it.
    func waitLog(_ pod: String, _ word: String, _ container: String = "app") async throws -> String {
        var found = ""
        try await wait("the log of \(pod)/\(container) has \(word)") {
            let text = (try? await log(pod, container)) ?? ""
            found = text.split(separator: "\n").first { $0.contains(word) }.map(String.init) ?? ""
            return !found.isEmpty
        }
        return found
    }

    /// Whether something was said of a pod.
    func waitEvent(_ pod: String, _ reason: String, _ word: String = "") async throws -> String {
        var message = ""
        let path = "/api/v1/namespaces/\(Self.namespace)/events?fieldSelector=involvedObject.name%3D\(pod)"
        try await wait("event \(reason) of \(pod)") {
            let events = try await api.send(.GET, path)["items"]?.array ?? []
            let match = events.first {
                $0["reason"]?.string == reason && (word.isEmpty || $0["message"]?.string?.contains(word) == true)
            }
            message = match?["message"]?.string ?? ""
            return match != nil
        }
        return message
    }

    func delete(_ pod: String, grace: Int? = nil) async throws {
        let query = grace.map { "?gracePeriodSeconds=\($0)" } ?? ""
        try await api.send(.DELETE, "/api/v1/namespaces/\(Self.namespace)/pods/\(pod)\(query)")
    }

    /// Waits until the API server has forgotten a pod.
    func waitGone(_ pod: String) async throws {
        try await wait("\(pod) is gone") {
            do {
                _ = try await self.pod(pod)
                return false
            } catch let failure as APIClient.Failure where failure.status == 404 {
                return true
            }
        }
    }

    /// Runs the real kubectl to its end.
    func kubectl(_ words: String..., input: String = "") async throws -> Program.Outcome {
        try await Program(kubectlCommand(words)).run(input: input)
    }

    /// The command line of kubectl for some words.
    func kubectlCommand(_ words: [String]) -> [String] {
        ["env", "NO_PROXY=*", "KUBECACHEDIR=\(directory)/kubectl", kubectl, "--kubeconfig", kubeconfig] + words
    }
}

extension JSONValue {
    /// The phase of a pod.
    var phase: String { at("status", "phase")?.string ?? "" }

    /// The status of a condition.
    func condition(_ type: String) -> String {
        at("status", "conditions")?.array?.first { $0["type"]?.string == type }?["status"]?.string ?? ""
    }

    /// What a pod's status says of a container.
    func container(_ name: String) -> JSONValue {
        let all = ["containerStatuses", "initContainerStatuses"].flatMap { at("status", $0)?.array ?? [] }
        return all.first { $0["name"]?.string == name } ?? .null
    }

    /// How often a container was started again.
    var restarts: Int { self["restartCount"]?.int ?? 0 }
    /// Why a container waits.
    var waitingReason: String { at("state", "waiting", "reason")?.string ?? "" }
    /// How a container ended.
    var exitCode: Int? { at("state", "terminated", "exitCode")?.int }
    /// How the run of a container before ended.
    var lastExitCode: Int? { at("lastState", "terminated", "exitCode")?.int }
}
