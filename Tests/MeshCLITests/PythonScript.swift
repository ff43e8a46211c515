import Foundation

/// Programs in Python that look at what a command has written, without anything of the command's own.
struct PythonScript {
    /// The interpreter of the machine.
    static let ofMachine = "/usr/bin/python3"
    /// That of the packages which `hack/setup.sh` installs.
    static let ofPackages: String = {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? "\(environment["HOME"] ?? "")/.cache"
        return "\(cache)/osm/venv/bin/python"
    }()

    struct Failed: Error { let output: String }

    let interpreter: String
    let text: String

    /// Runs it to its end.
    ///
    /// Its output goes to a file: a pipe would stay open in what other tests start meanwhile.
    ///
    /// - Returns: The lines that it wrote.
    func lines(_ arguments: [String] = [], input: String = "") async throws -> [String] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "osm-python-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (stdin, stdout) = (directory.appending(path: "stdin"), directory.appending(path: "stdout"))
        try Data(input.utf8).write(to: stdin)
        try Data().write(to: stdout)
        let process = Process()
        process.executableURL = URL(filePath: interpreter)
        process.arguments = ["-c", text] + arguments
        process.standardInput = try FileHandle(forReadingFrom: stdin)
        let output = try FileHandle(forWritingTo: stdout)
        process.standardOutput = output
        process.standardError = output
        try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        let written = String(decoding: try Data(contentsOf: stdout), as: UTF8.self)
        guard process.terminationStatus == 0 else { throw Failed(output: written) }
        return written.split(separator: "\n").map(String.init)
    }
}
