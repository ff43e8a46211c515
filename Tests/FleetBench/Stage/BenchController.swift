import BenchReport
import Foundation
import Synchronization

/// Processes and directories that must not outlive this one, however it ends.
enum Leftovers {
    private static let held = Mutex<(processes: Set<Int32>, directories: Set<String>)>(([], []))

    static func add(process: Int32) { held.withLock { _ = $0.processes.insert(process) } }
    static func remove(process: Int32) { held.withLock { _ = $0.processes.remove(process) } }
    static func add(directory: String) { held.withLock { _ = $0.directories.insert(directory) } }

    /// Ends the processes and removes the directories.
    static func clear() {
        held.withLock { held in
            for process in held.processes { kill(process, SIGKILL) }
            for directory in held.directories { try? FileManager.default.removeItem(atPath: directory) }
            held = ([], [])
        }
    }
}

/// Why a benchmark cannot be run.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The controller that is measured, in a process of its own.
final class BenchController {
    let program: String
    let directory: String
    let lazyAbove: String
    /// Where it serves; 0 until it was started.
    private(set) var port = 0
    private(set) var log: ControllerLog
    private var process: Process?

    var manifests: String { "\(directory)/manifests" }
    var state: String { "\(directory)/state" }
    var address: String { "127.0.0.1:\(port)" }

    init(program: String, directory: String, lazyAbove: String) {
        (self.program, self.directory, self.lazyAbove) = (program, directory, lazyAbove)
        log = ControllerLog(path: "\(directory)/log-0")
    }

    /// Starts it, at the same port as before, and waits until it serves what the manifests say.
    ///
    /// - Returns: When it was ready.
    @discardableResult
    func start() async throws -> ContinuousClock.Instant {
        log = ControllerLog(path: "\(directory)/log-\(UInt32.random(in: 0...UInt32.max))")
        try Data().write(to: URL(filePath: log.path))
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = [
            "run", "--manifests", manifests, "--state", state, "--listen", address, "--http", "none",
            "--lazy-above", lazyAbove,
        ]
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log.path))
        try process.run()
        self.process = process
        Leftovers.add(process: process.processIdentifier)
        let limit = ContinuousClock.now + .seconds(180)
        var isPublished = false
        while ContinuousClock.now < limit, process.isRunning {
            for line in try log.takeLines() {
                if line["message"] == "batch published" { isPublished = true }
                if line["message"] == "serving", let text = line["port"], let number = Int(text) { port = number }
            }
            if isPublished, port != 0, line(isAccepting: port) { return .now }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw BenchFailure(
            "the controller does not serve: \((try? String(contentsOfFile: log.path, encoding: .utf8)) ?? "")")
    }

    /// Tells it to stop, and waits until it has.
    func stop() {
        guard let process else { return }
        process.terminate()
        let limit = ContinuousClock.now + .seconds(20)
        while process.isRunning, ContinuousClock.now < limit { usleep(2_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        Leftovers.remove(process: process.processIdentifier)
        self.process = nil
    }

    private func line(isAccepting port: Int) -> Bool {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Its resident memory in KB.
    func residentMemory() throws -> Double {
        guard let process, let bytes = ProcessUsage.residentMemory(of: process.processIdentifier) else {
            throw BenchFailure("the controller has ended")
        }
        return Double(bytes) / 1_024
    }

    /// The processor time that it has used, in seconds.
    func processorTime() throws -> Double {
        guard let process, let time = ProcessUsage.processorTime(of: process.processIdentifier) else {
            throw BenchFailure("the controller has ended")
        }
        return time
    }
}
