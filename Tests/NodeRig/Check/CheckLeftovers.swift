import Foundation
import NIOHTTP1

/// What is left of a node that ended, well or not.
struct CheckLeftovers: Sendable {
    let cluster: CheckCluster

    /// The node was killed: pods run on without it.
    func killed(_ code: Int32) async -> CheckTable.Row {
        let count = await programs()
        return CheckTable.Row(
            name: "a node that is killed leaves programs behind", expected: "exit 137, some",
            observed: "exit \(code), \(count > 0 ? "some" : "none")")
    }

    /// Another node of that name has started: it has removed them, and runs the pods anew.
    func restarted() async -> CheckTable.Row {
        var observed = ""
        do {
            try await cluster.wait("caller", "ready anew") { pod in
                pod.condition("Ready") == "True" && pod.container("app")["ready"] == true
            }
            try await cluster.wait("one namespace for each pod") { try await namespaces() == running() }
            observed = "ready, a network namespace for each running pod"
        } catch { observed = "\(error)" }
        return CheckTable.Row(
            name: "a node that starts again removes what it left, and runs its pods anew",
            expected: "ready, a network namespace for each running pod", observed: observed)
    }

    /// A node has started again, and is in the middle of starting more containers than it has threads.
    func starts() async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while beginning() < 4 {
            guard ContinuousClock.now < deadline else { throw RigError("no four containers begin at once") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// The containers that are prepared, and whose programs have not begun.
    private func beginning() -> Int {
        let pods = "\(cluster.directory)/pods"
        let manager = FileManager.default
        return ((try? manager.contentsOfDirectory(atPath: pods)) ?? []).reduce(0) { count, pod in
            let files = (try? manager.contentsOfDirectory(atPath: "\(pods)/\(pod)/volumes/memory/.scripts")) ?? []
            let begun = files.count { $0.hasSuffix(".begun") }
            return count + files.count { $0.hasSuffix(".sh") } - begun
        }
    }

    /// The node has ended as asked: nothing is left.
    func ended(_ code: Int32, when: String = "") async -> CheckTable.Row {
        let rules = (try? await Program(["iptables-save"]).check()) ?? "NODE-"
        let mounts = SystemFile.text("/proc/self/mounts")
        let left = [
            "exit \(code)", "\(await programs()) programs", "\((try? namespaces()) ?? -1) namespaces",
            "\(rules.components(separatedBy: "NODE-").count - 1) rules",
            "\(mounts.components(separatedBy: cluster.directory).count - 1) mounts",
        ]
        return CheckTable.Row(
            name: "a node that is asked to end\(when) leaves nothing",
            expected: "exit 0, 0 programs, 0 namespaces, 0 rules, 0 mounts", observed: left.joined(separator: ", "))
    }

    private func programs() async -> Int {
        LeftoverContainers.processes(of: cluster.directory).count
    }

    private func namespaces() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/run/netns").count { $0.hasPrefix("pod-") }
    }

    private func running() async throws -> Int {
        let pods = try await cluster.api.send(.GET, "/api/v1/pods")["items"]?.array ?? []
        return pods.count { pod in
            pod.at("spec", "nodeName") != nil && !["Succeeded", "Failed"].contains(pod.phase)
                && pod.at("status", "podIP") != nil && pod.at("spec", "hostNetwork") != true
        }
    }
}
