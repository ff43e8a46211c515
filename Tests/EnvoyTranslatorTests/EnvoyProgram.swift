import Foundation

/// The real Envoy, as the set-up of this repository installs it.
enum EnvoyProgram {
    /// `osm/bin/envoy` in the user's cache directory.
    static let path: String = {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? "\(environment["HOME"] ?? "")/.cache"
        return "\(cache)/osm/bin/envoy"
    }()

    /// Has Envoy load a configuration without serving it.
    ///
    /// - Returns: Why Envoy refuses it; `nil` if it accepts it.
    static func refusal(of configuration: [UInt8]) async throws -> String? {
        let directory = FileManager.default.temporaryDirectory
        let stem = directory.appending(path: "osm-validate-\(UUID().uuidString)").path()
        defer { for ending in ["pb", "log"] { try? FileManager.default.removeItem(atPath: "\(stem).\(ending)") } }
        try Data(configuration).write(to: URL(filePath: "\(stem).pb"))
        try Data().write(to: URL(filePath: "\(stem).log"))
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = [
            "--mode", "validate", "-c", "\(stem).pb", "--concurrency", "1", "--log-level", "error",
        ]
        process.standardOutput = FileHandle.nullDevice
        let log = try FileHandle(forWritingTo: URL(filePath: "\(stem).log"))
        process.standardError = log
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        guard status != 0 else { return nil }
        return "status \(status): \(try String(contentsOfFile: "\(stem).log", encoding: .utf8))"
    }
}
