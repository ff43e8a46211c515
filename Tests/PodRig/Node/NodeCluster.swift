import Foundation

/// A real control plane of Kubernetes with one node, on which pods really run: all within `NodeRig enter`.
final class NodeCluster {
    let programs: NodePrograms
    /// The directory of everything that is written.
    let directory: String
    let kubectl: Kubectl
    private var node: RunningProgram?

    private var state: String { "\(directory)/cluster" }
    var logs: String { "\(directory)/logs" }
    /// What the node keeps: its pods' files and logs.
    var nodeDirectory: String { "\(directory)/node" }

    /// The directory of pods that run past the API server's checks.
    var podFiles: String { "\(directory)/pod-files" }

    init(_ programs: NodePrograms, directory: String) throws {
        self.programs = programs
        self.directory = directory
        kubectl = Kubectl(
            program: programs.kubectl, kubeconfig: "\(directory)/cluster/admin.kubeconfig",
            cache: "\(directory)/cluster/kubectl", node: nil)
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    }

    /// The node's address on its bridge, as `NodeRig enter` gives it.
    private static let nodeAddress = "10.66.0.1"

    /// The version of Kubernetes.
    var version: String {
        let text = (try? String(contentsOfFile: "\(state)/version", encoding: .utf8)) ?? "unknown"
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    /// The directory of etcd's data.
    var etcdDirectory: String { "\(state)/etcd" }

    /// Starts the cluster and its node.
    ///
    func start() throws {
        try FileManager.default.createDirectory(atPath: podFiles, withIntermediateDirectories: true)
        // Pods reach it at the node's own address, by the Service `kubernetes`.
        try script(
            "up",
            [
                "--parent", "\(getpid())", "--server-flag", "--bind-address=0.0.0.0", "--server-flag",
                "--advertise-address=\(Self.nodeAddress)", "--server-flag", "--endpoint-reconciler-type=lease",
            ])
        var words = [
            programs.node, "run", "--kubeconfig", kubectl.kubeconfig, "--state", nodeDirectory, "--ready-file",
            "\(directory)/node-is-ready",
        ]
        words += programs.images.flatMap { ["--image", $0] } + ["--pod", podFiles]
        let node = try RunningProgram(name: "node", logs: logs, command: words)
        self.node = node
        try Waiting.until("the node", within: .seconds(60)) { () -> Void? in
            try node.checkRunning()
            return FileManager.default.fileExists(atPath: "\(directory)/node-is-ready") ? () : nil
        }
    }

    /// Installs the mesh as the README says, and returns when its controller runs.
    func install(_ root: String) throws {
        try kubectl.check(["apply", "--kustomize", "\(root)/crds"])
        try kubectl.check(
            ["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"])
        try kubectl.check(["apply", "--kustomize", "\(root)/config/default"])
        try awaitRollouts(in: "osm-system", within: 120)
        try Waiting.until("the webhooks", within: .seconds(60)) { () -> Void? in
            let names = try kubectl.check(["get", "mutatingwebhookconfigurations", "--output", "name"])
            return names.contains("osm-webhook-") ? () : nil
        }
    }

    /// Runs the command `osm` on the cluster, which must succeed.
    ///
    /// - Returns: Its standard output.
    func osm(_ words: [String]) throws -> String {
        Output.say("")
        Output.say("    $ osm \(words.joined(separator: " "))")
        let output = try Command([programs.command] + words + ["--kubeconfig", kubectl.kubeconfig]).check()
        for line in output.split(separator: "\n") { Output.say("    \(line)") }
        return output
    }

    /// Returns when all Deployments and StatefulSets of a namespace are as they shall be.
    func awaitRollouts(in namespace: String, within seconds: Int = 120) throws {
        let words = ["get", "deployments,statefulsets", "--namespace", namespace, "--output", "name"]
        for name in try kubectl.check(words).split(separator: "\n") {
            do {
                try kubectl.check(
                    ["rollout", "status", String(name), "--namespace", namespace, "--timeout", "\(seconds)s"])
            } catch {
                for words in [["get", "pods", "-A"], ["get", "events", "-n", namespace]] {
                    Output.say((try? kubectl.check(words)) ?? "")
                }
                throw error
            }
        }
    }

    func stop() {
        if let node { RunningProgram.stopAll([node]) }
        do { try script("down") } catch {
            FileHandle.standardError.write(Data("warning: the cluster does not stop: \(error)\n".utf8))
        }
    }

    func stopServer() throws { try script("stop-server") }
    func startServer() throws { try script("start-server") }

    private func script(_ command: String, _ options: [String] = []) throws {
        // What the script starts outlives it, and must not hold what our own `Process` waits for.
        let closing = "for fd in /proc/self/fd/*; do n=${fd##*/}; ((n < 3)) || eval \"exec $n>&-\"; done; exec \"$@\""
        let words = ["/bin/bash", "-c", closing, "bash", programs.cluster, command, "--state", state] + options
        try Command(words).check()
    }
}
