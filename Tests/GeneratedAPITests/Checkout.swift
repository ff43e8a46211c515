import Foundation

/// The checkout that the tests were built from, the machine's cache, and the programs that both need.
enum Checkout {
    /// A program that failed or is missing.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// The targets that hold generated code.
    enum API: String, CaseIterable {
        case envoy = "EnvoyAPI"
        case kubernetes = "KubernetesAPI"

        /// The target's directory.
        var directory: URL { root.appending(path: "Sources/\(rawValue)") }
        var protos: URL { directory.appending(path: "protos") }
    }

    /// What `hack/setup.sh` installs into.
    static var cache: URL {
        let environment = ProcessInfo.processInfo.environment
        let caches = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return (caches.map { URL(filePath: $0) } ?? URL.homeDirectory.appending(path: ".cache")).appending(path: "osm")
    }

    /// The paths of the files below a directory of a target with a suffix, relative to it and sorted.
    static func files(of api: API, in directory: String, suffix: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: api.directory.appending(path: directory).path())
            .filter { $0.hasSuffix(suffix) }.sorted()
    }

    /// A directory of its own for the files of one step, removed afterwards.
    static func withScratch<Value>(_ body: (URL) throws -> Value) throws -> Value {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "envoy-api-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        return try body(scratch)
    }

    /// - Throws: `Failure` if a program is missing, naming the script that installs it.
    static func requireProgram(_ path: String) throws {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(description: "\(path) is missing: run hack/setup.sh")
        }
    }

    /// Runs a program to its end and returns what it printed.
    ///
    /// - Throws: `Failure` if it is missing or does not end with 0.
    @discardableResult
    static func run(_ path: String, _ arguments: [String], in directory: URL = root) throws -> String {
        try requireProgram(path)
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(path) ended with \(process.terminationStatus): \(text)")
        }
        return text
    }
}
