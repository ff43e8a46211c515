import ArgumentParser
import BenchReport
import Foundation

/// A sidecar's Envoy, from its start until it is ready.
struct StartedEnvoy {
    /// From its start until it said that it was ready.
    let readyAfter: Duration
    /// Its resident memory then, in bytes.
    let resident: Int
    /// What it had allocated then, in bytes.
    let allocated: Int

    private struct Memory: Decodable {
        let allocated: String
    }

    /// Starts Envoy with the files of a sidecar, waits until it is ready, looks at its memory and ends it.
    static func measure(_ program: String, files: String) async throws -> StartedEnvoy {
        let admin = "\(files)/admin"
        try? FileManager.default.removeItem(atPath: admin)
        let common = try String(contentsOfFile: "\(files)/arguments", encoding: .utf8).split(separator: "\n")
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments =
            [
                "-c", "\(files)/bootstrap.json",
                // Others may have the port of the administration interface.
                "--config-yaml", "admin: {address: {socket_address: {port_value: 0}}}",
                "--admin-address-path", admin,
                // No hot restart: it would leave shared memory behind.
                "--disable-hot-restart", "--concurrency", "1", "-l", "error",
            ] + common.map(String.init)
        let variables = try String(contentsOfFile: "\(files)/environment", encoding: .utf8).split(separator: "\n")
        let pairs = variables.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
        process.environment = ProcessInfo.processInfo.environment.merging(
            pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }
        ) { $1 }
        process.standardOutput = FileHandle.nullDevice
        let log = "\(files)/log"
        try Data().write(to: URL(filePath: log))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        let start = ContinuousClock.now
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        while fetch("ready", admin)?.hasPrefix("LIVE") != true {
            guard process.isRunning, start.duration(to: .now) < .seconds(120) else {
                let complaints = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                throw ValidationError("Envoy is not ready: \(complaints)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        let time = start.duration(to: .now)
        guard let resident = ProcessUsage.residentMemory(of: process.processIdentifier),
            let memory = try fetch("memory", admin).map({ try JSONDecoder().decode(Memory.self, from: Data($0.utf8)) }),
            let allocated = Int(memory.allocated)
        else { throw ValidationError("Envoy does not tell its memory") }
        return StartedEnvoy(readyAfter: time, resident: resident, allocated: allocated)
    }

    /// The answer of the administration interface; `nil` while there is none.
    private static func fetch(_ path: String, _ admin: String) -> String? {
        guard let address = try? String(contentsOfFile: admin, encoding: .utf8), !address.isEmpty else { return nil }
        let curl = Process()
        curl.executableURL = URL(filePath: "/usr/bin/env")
        curl.arguments = ["curl", "--silent", "--noproxy", "*", "--max-time", "10", "http://\(address)/\(path)"]
        let output = Pipe()
        curl.standardOutput = output
        guard (try? curl.run()) != nil else { return nil }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        curl.waitUntilExit()
        return curl.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }
}
