import CertificateAuthority
import Foundation
import Glibc
import MeshModel
import ProxyIdentity
import Synchronization

@testable import osm_controller

/// The controller as a process of its own.
final class ControllerProcess: Sendable {
    /// The manifests and the state of controllers that come one after the other.
    struct Place: Sendable {
        fileprivate let directory: URL
        fileprivate let started = Started()

        fileprivate var manifests: URL { directory.appending(path: "manifests") }
        fileprivate var state: URL { directory.appending(path: "state") }

        /// Starts a controller and waits until it serves.
        ///
        /// - Parameter openFiles: The soft limit of open files with which it begins; otherwise this process' own.
        func start(openFiles: Int? = nil) async throws -> ControllerProcess {
            let process = try ControllerProcess(self, openFiles: openFiles)
            started.all.withLock { $0.append(process) }
            process.port = try await process.awaitPort()
            return process
        }

        private func kept() throws -> StandaloneState {
            var configuration = Controller.Configuration(manifests: "", state: state.path)
            configuration.host = "127.0.0.1"
            return try StandaloneState(directory: state.path, configuration, now: Date())
        }

        /// What its server is trusted by.
        var rootsPEM: String { get throws { try kept().controlPlane.rootPEM } }

        /// A token for a pod of ``TestMesh``.
        func token(of name: String) async throws -> String {
            try await kept().tokens.issue(
                pod: ObjectName(namespace: "shop", name: name), podUID: "pod-\(name)",
                serviceAccount: ObjectName(namespace: "shop", name: name), serviceAccountUID: "account-\(name)",
                validity: .seconds(3600), now: Date())
        }

        /// Saves a file of the manifests, whole.
        func save(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: manifests.appending(path: name), options: .atomic)
        }
    }

    fileprivate final class Started: Sendable {
        let all = Mutex<[ControllerProcess]>([])
    }

    private let process: Process
    private let log: URL
    private let servedPort = Atomic<Int>(0)

    /// The port at which it serves proxies.
    fileprivate(set) var port: Int {
        get { servedPort.load(ordering: .relaxed) }
        set { servedPort.store(newValue, ordering: .relaxed) }
    }

    /// Makes a place with manifests, hands it to a body, and ends whatever was started there.
    static func with(_ files: [String: String], _ body: (Place) async throws -> Void) async throws {
        let place = Place(
            directory: FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString)"))
        defer {
            // Nobody else would end them, and whoever reads the output of the tests would wait for them.
            for process in place.started.all.withLock(\.self) { process.kill() }
            try? FileManager.default.removeItem(at: place.directory)
        }
        try FileManager.default.createDirectory(at: place.manifests, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            at: place.state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for (name, text) in files { try place.save(name, text) }
        try await body(place)
    }

    private init(_ place: Place, openFiles: Int?) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        log = place.state.appending(path: "log-\(UUID().uuidString)")
        try Data().write(to: log)
        process = Process()
        let program = root.appending(path: ".build/debug/osm-controller")
        let arguments = [
            "run", "--http", "none", "--manifests", place.manifests.path, "--state", place.state.path, "--listen",
            "127.0.0.1:0",
        ]
        process.executableURL = openFiles == nil ? program : URL(filePath: "/bin/sh")
        process.arguments =
            openFiles.map { ["-c", "ulimit -Sn \($0); exec \"$0\" \"$@\"", program.path] + arguments } ?? arguments
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
    }

    /// Ends the process as a crash does.
    func kill() {
        guard process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks the process to end, as Kubernetes does.
    func terminate() { process.terminate() }

    /// Whether the process is there.
    var isRunning: Bool { process.isRunning }

    /// Waits until the process has ended.
    func wait() async {
        while process.isRunning { try? await Task.sleep(for: .milliseconds(10)) }
    }

    /// What the process has of the machine's memory, in bytes.
    func residentBytes() throws -> Int { try ResidentMemory.bytes(of: "\(process.processIdentifier)") }

    /// The most that it ever had of the machine's memory, in bytes.
    func peakBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let size = Int(line.filter(\.isNumber))
        else { throw CocoaError(.fileReadCorruptFile) }
        return size << 10
    }

    /// How many files and sockets it has open.
    func openFiles() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/fd").count
    }

    private func awaitPort() async throws -> Int {
        let limit = Date() + 180
        while Date() < limit, process.isRunning {
            let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
            let isPublished = lines.contains { $0.contains("\"batch published\"") }
            if isPublished, let line = lines.first(where: { $0.contains("\"serving\"") }),
                let port = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))["port"].flatMap({
                    Int($0)
                })
            {
                return port
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw NeverServed(log: try String(contentsOf: log, encoding: .utf8))
    }

    struct NeverServed: Error {
        let log: String
    }
}
