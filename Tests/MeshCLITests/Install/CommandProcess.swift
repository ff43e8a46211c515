import Foundation
import Glibc

/// The program `osm`, running.
final class CommandProcess: Sendable {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private let process: Process
    private let directory: URL

    /// Starts it; its output goes to files, so that nothing that it leaves behind keeps them open.
    init(_ arguments: [String]) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "osm-process-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let files = [directory.appending(path: "out"), directory.appending(path: "error")]
        for file in files { try Data().write(to: file) }
        process = Process()
        process.executableURL = Self.root.appending(path: ".build/debug/osm")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        // A thread of the pool blocks signals, and a process that it starts would inherit that.
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: directory)
    }

    /// Sends a signal.
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits until standard error holds some words; whether it does before the program ends.
    func tells(_ words: String) async throws -> Bool {
        while true {
            let isRunning = process.isRunning
            if try text("error").contains(words) { return true }
            guard isRunning else { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits for the end.
    ///
    /// - Returns: The exit status, what it wrote, and whether it was a signal that ended it.
    func ended() async throws -> (transcript: Transcript, isKilled: Bool) {
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        let transcript = Transcript(
            out: try text("out"), error: try text("error"), status: process.terminationStatus)
        return (transcript, process.terminationReason == .uncaughtSignal)
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: directory.appending(path: name)), as: UTF8.self)
    }
}
