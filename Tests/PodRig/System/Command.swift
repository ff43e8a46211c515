import Foundation

/// A program with its arguments.
///
/// Programs are looked up beside the `PATH`, which of an ordinary user may lack `ip` and `iptables`.
struct Command {
    /// What a program left behind.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    let path: String
    let arguments: [String]

    /// A command by the name or the path of its program.
    ///
    /// - Throws: `RigError` with the code `machine` if the machine lacks the program.
    init(_ words: [String]) throws {
        let name = words.first ?? ""
        let places = name.contains("/") ? [name] : ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map { "\($0)/\(name)" }
        guard let path = places.first(where: FileManager.default.isExecutableFile) else {
            throw RigError(.machine, "\(name) is missing: run hack/setup.sh")
        }
        self.path = path
        arguments = Array(words.dropFirst())
    }

    /// A process that is set up and not yet started; without input.
    func process(environment: [String: String] = [:]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        if !environment.isEmpty {
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        }
        return process
    }

    /// Runs the program to its end.
    ///
    /// - Parameter input: what it reads; short enough for a pipe, since it is written before anything is read.
    func run(environment: [String: String] = [:], input: String? = nil) throws -> Outcome {
        let process = process(environment: environment)
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        let source = input.map { _ in Pipe() }
        if let source { process.standardInput = source }
        try process.run()
        if let source, let input {
            try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try source.fileHandleForWriting.close()
        }
        // What these programs complain of fits into the pipe, so that one can be read after the other.
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaints = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaints, as: UTF8.self))
    }

    /// Runs the program and returns what it printed.
    ///
    /// - Throws: `RigError` with the code `program` and what the program complained of if it fails.
    @discardableResult
    func check(environment: [String: String] = [:], input: String? = nil) throws -> String {
        let outcome = try run(environment: environment, input: input)
        guard outcome.status == 0 else {
            let command = ([path] + arguments).joined(separator: " ")
            throw RigError(.program, "\(command) ended with \(outcome.status): \(outcome.errors)\(outcome.output)")
        }
        return outcome.output
    }
}
