import Subprocess
import SystemPackage

/// A program with its arguments, looked up where programs of administrators are.
struct Program: Sendable {
    /// What a program left behind.
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// The most that is read of what a program prints, in bytes.
    private static let outputLimit = 4 << 20

    let words: [String]

    /// A command by the name or the path of its program.
    init(_ words: [String]) { self.words = words }

    /// A script for the shell.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - arguments: What it has as `$1` and so on.
    init(script: String, _ arguments: [String] = []) { words = ["/bin/sh", "-ec", script, "sh"] + arguments }

    /// Runs the program to its end.
    ///
    /// It is killed if the task is cancelled.
    func run(input: String = "") async throws -> Outcome {
        let result = try await Subprocess.run(
            executable, arguments: Arguments(Array(words.dropFirst())), environment: environment,
            input: .string(input), output: .string(limit: Self.outputLimit), error: .string(limit: Self.outputLimit))
        return Outcome(
            status: result.terminationStatus.exitCode, output: result.standardOutput, errors: result.standardError)
    }

    /// Runs the program and returns what it printed.
    ///
    /// - Throws: ``RigError`` with what the program complained of if it fails.
    @discardableResult
    func check(input: String = "") async throws -> String {
        let outcome = try await run(input: input)
        guard outcome.status == 0 else {
            let command = words.joined(separator: " ").prefix(200)
            throw RigError("`\(command)` ended with \(outcome.status): \(outcome.errors)\(outcome.output)")
        }
        return outcome.output
    }

    /// Runs the program to its end, with what it prints added to a file.
    ///
    /// - Parameters:
    ///   - log: The file.
    ///   - started: Told the process once it runs.
    func run(log: FileDescriptor, started: @Sendable (Int32) -> Void) async throws -> Int32 {
        let result = try await Subprocess.run(
            executable, arguments: Arguments(Array(words.dropFirst())), environment: environment,
            input: .none, output: .fileDescriptor(log, closeAfterSpawningProcess: false),
            error: .combinedWithOutput
        ) { execution in
            started(execution.processIdentifier.value)
        }
        return result.terminationStatus.exitCode
    }

    /// Runs the program to its end, with what it reads and prints passed on as it comes.
    func run(
        input: AsyncStream<[UInt8]>, output: @escaping @Sendable ([UInt8]) async throws -> Void,
        errors: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> Int32 {
        let result = try await Subprocess.run(
            executable, arguments: Arguments(Array(words.dropFirst())), environment: environment,
            input: .inputWriter, output: .sequence, error: .sequence
        ) { execution in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let writer = execution.standardInputWriter
                group.addTask {
                    // A program that has ended reads no more.
                    for await bytes in input where (try? await writer.write(bytes)) == nil { break }
                    try? await writer.finish()
                }
                try await withThrowingTaskGroup(of: Void.self) { printed in
                    let (standardOutput, standardError) = (execution.standardOutput, execution.standardError)
                    printed.addTask {
                        for try await piece in standardOutput { try await output(piece.withUnsafeBytes { Array($0) }) }
                    }
                    printed.addTask {
                        for try await piece in standardError { try await errors(piece.withUnsafeBytes { Array($0) }) }
                    }
                    try await printed.waitForAll()
                }
                group.cancelAll()
            }
        }
        return result.terminationStatus.exitCode
    }

    private var executable: Executable {
        let name = words.first ?? ""
        return name.contains("/") ? .path(FilePath(name)) : .name(name)
    }

    private var environment: Environment {
        .inherit.updating(["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
    }
}

extension TerminationStatus {
    /// The exit code as shells and container runtimes tell it: 128 and the signal for a program that was killed.
    var exitCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}

extension String {
    /// The text as one word of a shell's command line.
    var quoted: String { "'" + replacing("'", with: "'\\''") + "'" }
}
