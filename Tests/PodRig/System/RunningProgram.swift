import Foundation

/// A program that the rig started and stops, by its process id.
final class RunningProgram {
    /// What it is, for messages.
    let name: String
    /// The file that has what it prints.
    let outputPath: String
    /// The file that has what it complains of.
    let errorPath: String
    private let process: Process

    /// Starts a program whose output goes to `<logs>/<name>.out` and `.err`, at the end of what is there.
    ///
    /// - Parameter owner: the user that may also open the files by name, as Envoy does with `/dev/stdout`.
    /// - Throws: `RigError` with the code `program`.
    init(
        name: String, logs: String, owner: UInt32 = 0, environment: [String: String] = [:], command words: [String]
    ) throws {
        self.name = name
        outputPath = "\(logs)/\(name).out"
        errorPath = "\(logs)/\(name).err"
        process = try Command(words).process(environment: environment)
        process.standardOutput = try RunningProgram.appending(to: outputPath, owner: owner)
        process.standardError = try RunningProgram.appending(to: errorPath, owner: owner)
        do { try process.run() } catch { throw RigError(.program, "cannot start \(name)", cause: error) }
    }

    var processID: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    /// What it ended with; `nil` while it runs.
    var exitStatus: Int32? { isRunning ? nil : process.terminationStatus }

    /// The last lines that it complained with.
    func lastErrors(_ count: Int = 15) -> String {
        let text = (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }

    /// - Throws: `RigError` with the code `program` if it has ended.
    func checkRunning() throws {
        guard !isRunning else { return }
        throw RigError(.program, "\(name) ended with \(process.terminationStatus):\n\(lastErrors())")
    }

    /// Sends a signal, if it still runs.
    func send(_ signal: Int32) {
        if isRunning { kill(processID, signal) }
    }

    /// Ends it at once, as a crash would.
    func crash() {
        send(SIGKILL)
        process.waitUntilExit()
    }

    /// Asks programs to end, ends those that still run after three seconds, and returns their names.
    static func stop(_ programs: [RunningProgram]) -> [String] {
        for program in programs { program.send(SIGTERM) }
        let start = ContinuousClock.now
        while programs.contains(where: \.isRunning), start.duration(to: .now) < .seconds(3) {
            Thread.sleep(forTimeInterval: 0.02)
        }
        let late = programs.filter(\.isRunning)
        for program in programs { program.crash() }
        return late.map(\.name)
    }

    /// Asks programs to end, and says on standard error which of them had to be killed.
    static func stopAll(_ programs: [RunningProgram]) {
        for name in stop(programs) {
            FileHandle.standardError.write(
                Data("note: \(name) did not end within 3 s of SIGTERM, and was killed\n".utf8))
        }
    }

    private static func appending(to path: String, owner: UInt32) throws -> FileHandle {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0, fchown(descriptor, owner, owner) == 0 else {
            throw RigError(.file, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
