import Foundation

/// A program of the machine that a test runs to its end.
struct Command {
    /// What a program left behind.
    struct Outcome {
        let status: Int32
        let output: String
    }

    let path: String
    let arguments: [String]

    /// The `openssl` that verifies, independently of the product, what the product made.
    static func openssl(_ arguments: String...) -> Command { Command(path: "/usr/bin/openssl", arguments: arguments) }

    /// Runs the program to its end; what it complains of counts as output.
    func run() throws -> Outcome {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: String(decoding: text, as: UTF8.self))
    }
}
