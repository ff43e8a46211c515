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
        // However long that takes on a busy machine: a program that is started can only be ended by whoever knows it. Not in
        // this task, which may be cancelled: it would not sleep then, and keep the thread that the end has to be told on.
        let begun = Task {
            while self.exited.current == nil {
                // The program may have begun before this side knows of what was started to run it. And what enters the
                // container by its first process must find the container's root there, and not yet the machine's.
                if FileManager.default.fileExists(atPath: self.launch.mark),
                    let first = self.launcher.current.flatMap({ ProcessTree.children(of: $0).first }),
                    Self.hasRootOfItsOwn(first)
                {
                    self.firstProcess.withLock { $0 = first }
                    return
                }
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        await begun.value
    }

    /// A further program in the container.
    ///
    /// - Throws: ``RigError`` if the container does not run.
    func program(_ words: [String], limit: Duration) throws -> Program {
        guard let process else { throw RigError("container \(container.name) does not run") }
        return Program(launch.command(words, in: process, limit: limit))
    }

    /// Sends a signal to the program.
    func signal(_ number: Int32) {
        guard let process else { return }
        // Its parent would say something about a program that is killed, so it goes first. The program does not always go
        // with it: the kernel forgets that wish where a program becomes another user.
        if number == SIGKILL, let launcher = launcher.current { kill(launcher, number) }
        kill(process, number)
    }

    private static func hasRootOfItsOwn(_ process: Int32) -> Bool {
        var (own, its) = (stat(), stat())
        guard stat("/proc/self/root", &own) == 0, stat("/proc/\(process)/root", &its) == 0 else { return false }
        return own.st_dev != its.st_dev || own.st_ino != its.st_ino
    }

    /// Whether this is the first time that somebody wants to stop it.
    func beginStopping() -> Bool { !isStopping.exchange(true, ordering: .relaxed) }
}
