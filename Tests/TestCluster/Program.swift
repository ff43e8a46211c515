import Foundation
import Glibc

/// A program of the machine that runs to its end, without holding a thread meanwhile.
///
/// Its output goes through files: what it leaves running behind itself cannot keep the end from being seen.
public struct Program: Sendable {
    /// Python with the packages that `hack/setup.sh` installs.
    public static let python: String = {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? "\(environment["HOME"] ?? "")/.cache"
        return "\(cache)/osm/venv/bin/python"
    }()

    let path: String
    let arguments: [String]

    /// The program at a path, with what it is told.
    public init(path: String, arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// Runs the program to its end; a cancelled task ends it with TERM.
    ///
    /// - Parameter input: What it reads from its standard input; nothing if nil.
    /// - Throws: What Foundation says if it cannot be started.
    public func run(input: String? = nil) async throws -> ProgramOutcome {
        await Turns.shared.take()
        defer { Turns.shared.giveBack() }
        let scratch = try Scratch()
        defer { scratch.remove() }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let (stdout, stderr) = (try scratch.empty("stdout"), try scratch.empty("stderr"))
        let stdin = try input.map { try scratch.holding($0) }
        // A process object keeps its files open for good, and with more than a thousand of them `Process` misses ends.
        defer { for file in [stdin, stdout, stderr] { try? file?.close() } }
        process.standardInput = stdin ?? FileHandle.nullDevice
        process.standardOutput = stdout
        process.standardError = stderr
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                process.terminationHandler = { _ in continuation.resume() }
                do {
                    try withNoSignalBlocked { try process.run() }
                    if Task.isCancelled { process.terminate() }
                } catch {
                    process.terminationHandler = nil
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            if process.isRunning { process.terminate() }
        }
        return ProgramOutcome(
            status: process.terminationStatus, stdout: try scratch.text("stdout"), stderr: try scratch.text("stderr"))
    }
}

/// Starts a process, with the body, that can be signalled.
///
/// A thread of the pool blocks signals, and a process that it starts would inherit that.
private func withNoSignalBlocked(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
}

/// The files of one run.
private struct Scratch {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "osm-program-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }

    /// A file to read the text from.
    func holding(_ text: String) throws -> FileHandle {
        let file = directory.appending(path: "stdin")
        try Data(text.utf8).write(to: file)
        return try FileHandle(forReadingFrom: file)
    }

    /// A new file to write to.
    func empty(_ name: String) throws -> FileHandle {
        let file = directory.appending(path: name)
        try Data().write(to: file)
        return try FileHandle(forWritingTo: file)
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: directory.appending(path: name)), as: UTF8.self)
    }
}
