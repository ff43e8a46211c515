import Foundation
import MeshModel

/// The control plane, as a process on the node.
final class Controller {
    private let program: String
    private let manifests: EditedManifests
    private let state: String
    private let logs: String
    private let node: Namespace
    private var process: RunningProgram?
    /// Further options of its command, from its next start on.
    var options: [String] = []
    /// What it has told so far, over restarts.
    var log: ControllerLog

    /// A controller that is not started yet.
    init(program: String, manifests: EditedManifests, directory: String, logs: String, node: Namespace) {
        self.program = program
        self.manifests = manifests
        self.state = "\(directory)/state"
        self.logs = logs
        self.node = node
        log = ControllerLog(path: "\(logs)/controller.err")
    }

    /// Where proxies reach it.
    var address: String { "\(NodeNetwork.nodeAddress):15128" }
    var programs: [RunningProgram] { process.map { [$0] } ?? [] }

    /// Starts it and returns once it serves.
    func start(while waiting: () -> Void = {}) throws {
        log.refresh()
        let before = log.count
        let process = try RunningProgram(
            name: "controller", logs: logs,
            command: node.command(
                [
                    program, "run", "--manifests", manifests.path, "--state", state, "--listen", address, "--log-level",
                    "debug",
                ] + options))
        self.process = process
        try Waiting.until("the controller to serve", within: .seconds(60), explanation: { process.lastErrors() }) {
            try process.checkRunning()
            waiting()
            log.refresh()
            return log.isServing(from: before) ? () : nil
        }
    }

    /// Ends it as a crash would, with no chance to say goodbye.
    func crash() { process?.crash() }

    /// Has the files of a pod's sidecar written, as injector and kubelet would.
    func writeFiles(of pod: ObjectName, to directory: String) throws {
        try run(["pod-files", "--pod", "\(pod)", "--manifests", manifests.path, "--controller", address], directory)
    }

    /// Has a certificate of the mesh written, with its key and the roots.
    func writeCertificate(of identity: ServiceIdentity, to directory: String) throws {
        let name = "\(identity.namespace)/\(identity.serviceAccount)"
        try run(["workload-certificate", "--identity", name], directory)
    }

    private func run(_ words: [String], _ directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Command([program] + words + ["--state", state, "--out", directory]).check()
    }
}
