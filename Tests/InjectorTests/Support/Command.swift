import Foundation

/// A program that a test runs to its end.
///
/// Programs are looked up beside the system's own, since the tests need `ip` and `iptables`, which an ordinary
/// user's `PATH` may lack.
struct Command {
    /// What a program left behind.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    /// A program that did not do what a test needs, or something that the machine lacks.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let path: String
    let arguments: [String]

    /// A command by the name of its program.
    ///
    /// - Throws: `Failure` if the machine lacks the program, naming the script that installs it.
    init(_ name: String, _ arguments: [String]) throws {
        let places = name.contains("/") ? [name] : ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map { "\($0)/\(name)" }
        guard let path = places.first(where: FileManager.default.isExecutableFile) else {
            throw Failure(description: "\(name) is missing: run hack/setup.sh")
        }
        self.path = path
        self.arguments = arguments
    }

    /// A process that is set up and not yet started.
    var process: Process {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        return process
    }

    /// Runs the program to its end.
    func run() throws -> Outcome {
        let process = process
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaints = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaints, as: UTF8.self))
    }

    /// Runs the program and returns what it printed.
    ///
    /// - Throws: `Failure` with what the program complained of if it fails.
    @discardableResult
    func check() throws -> String {
        let outcome = try run()
        guard outcome.status == 0 else {
            let command = ([path] + arguments).joined(separator: " ")
            throw Failure(description: "\(command) ended with \(outcome.status): \(outcome.errors)")
        }
        return outcome.output
    }

    /// The Envoy that hack/setup.sh installs, outside the checkout.
    static var envoyPath: String {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache"
        return cache + "/osm/bin/envoy"
    }
}
