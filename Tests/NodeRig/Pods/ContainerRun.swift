import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// One run of a container's program.
final class ContainerRun: Sendable {
    let container: Container
    let launch: ContainerLaunch
    let identifier: String
    let started = Timestamp.now
    let begin = ContinuousClock.now
    /// The file with what it prints.
    let log: String
    /// The exit code, once it has ended.
    let exited = OneShot<Int32>()
    /// Set once its startup probe has succeeded.
    let hasStarted = OneShot<Bool>()
    /// Why the node ends it, once it does.
    let unhealthy = OneShot<String>()
    /// The first process, in the node's numbers.
    private let firstProcess = Mutex<Int32?>(nil)
    private let launcher = OneShot<Int32>()
    private let isStopping = Atomic(false)

    /// A run that has not begun.
    init(of container: Container, launch: ContainerLaunch, identifier: String, log: String) {
        self.container = container
        self.launch = launch
        self.identifier = identifier
        self.log = log
    }

    /// The first process of the container; `nil` if it does not run.
    var process: Int32? { exited.current == nil ? firstProcess.withLock(\.self) : nil }

    /// Starts the program, and returns when it begins or could not.
    func start(script: String) async throws {
        try Data(launch.script.utf8).write(to: URL(filePath: script))
        let output = try FileDescriptor.open(
            log, .writeOnly, options: [.create, .append], permissions: FilePermissions(rawValue: 0o644))
        let program = Program(launch.command(script: script))
        let ended = Task {
            let code: Int32
            do {
                code = try await program.run(log: output) { self.launcher.set($0) }
            } catch {
                _ = try? output.writeAll("\(error)\n".utf8)
                code = 128
            }
            try? output.close()
            self.exited.set(code)
        }
        // Its end is told through `exited`.
        _ = ended
        guard let launcher = await launcher.wait(atMost: .seconds(10)) else { return }
        while exited.current == nil, !FileManager.default.fileExists(atPath: launch.mark) {
            try? await Task.sleep(for: .milliseconds(10))
        }
        let first = ProcessTree.children(of: launcher).first
        firstProcess.withLock { $0 = first }
    }

    /// Runs a program in the container.
    func run(_ words: [String], limit: Duration, input: String = "") async throws -> Program.Outcome {
        guard let process else { throw RigError("container \(container.name) does not run") }
        return try await Program(launch.command(words, in: process, limit: limit)).run(input: input)
    }

    /// Sends a signal to the program.
    func signal(_ number: Int32) {
        guard let process else { return }
        // With its parent, which would say something about it, the program is killed too.
        kill(number == SIGKILL ? launcher.current ?? process : process, number)
    }

    /// Whether this is the first time that somebody wants to stop it.
    func beginStopping() -> Bool { !isStopping.exchange(true, ordering: .relaxed) }
}
