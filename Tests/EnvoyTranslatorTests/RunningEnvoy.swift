import Foundation
import Testing
import XDSCache

/// A real Envoy, started with the bootstrap of a pod's sidecar.
///
/// Several share the network namespace, and with it the fixed ports of their listeners, which they open as Envoy
/// always does with SO_REUSEPORT. Only the port of the administration interface is overridden.
struct RunningEnvoy: Sendable {
    /// The pod's proxy.
    let proxy: ProxyID
    /// How it speaks.
    let variant: ProxyStream.Variant
    private let directory: URL
    private let process: Process

    /// Starts the Envoy of a directory with a `bootstrap.json`.
    init(proxy: ProxyID, variant: ProxyStream.Variant, directory: URL) throws {
        try #require(
            FileManager.default.isExecutableFile(atPath: EnvoyProgram.path),
            "there is no Envoy at \(EnvoyProgram.path): run hack/setup.sh")
        self.proxy = proxy
        self.variant = variant
        self.directory = directory
        process = Process()
        process.executableURL = URL(filePath: EnvoyProgram.path)
        process.arguments = [
            "-c", directory.appending(path: "bootstrap.json").path,
            "--config-yaml", "admin: {address: {socket_address: {port_value: 0}}}",
            "--admin-address-path", directory.appending(path: "admin").path,
            // No hot restart: it would leave shared memory behind.
            "--disable-hot-restart", "--concurrency", "1", "-l", "warning",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let log = directory.appending(path: "log")
        try Data().write(to: log)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
    }

    /// Ends it at once: there is nothing that it would have to put in order.
    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What it complained of.
    var complaints: String {
        (try? String(contentsOf: directory.appending(path: "log"), encoding: .utf8)) ?? ""
    }

    /// Waits until it can be asked.
    func awaitAdministration() async throws {
        let limit = ContinuousClock.now + .seconds(300)
        while address.isEmpty {
            guard .now < limit, process.isRunning else {
                throw Unreachable(description: "\(proxy) does not run: \(complaints)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// The answer to `/ready`: `LIVE` once it is configured.
    func readiness() async throws -> String {
        try await fetch("ready").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The counters of refused updates that are not zero, and how many such counters there are.
    func rejections() async throws -> (found: [String], counters: Int) {
        let lines = try await fetch("stats?filter=update_rejected").split(separator: "\n").map(String.init)
        return (lines.filter { !$0.hasSuffix(": 0") }, lines.count)
    }

    /// What it counted of its connection to the control plane.
    func controlPlaneCounters() async throws -> String {
        try await fetch("stats?usedonly&filter=control_plane|osm-controller")
    }

    /// What it says that it has.
    func dump() async throws -> RunningDump {
        try RunningDump(text: try await fetch("config_dump?include_eds"))
    }

    /// The time-outs of connections to the clusters that it has from the control plane, by their names.
    func connectTimeouts() async throws -> [String: String] {
        struct Dump: Decodable {
            struct Part: Decodable { let dynamicActiveClusters: [Entry]? }
            struct Entry: Decodable { let cluster: Cluster }
            struct Cluster: Decodable {
                let name: String
                let connectTimeout: String?
            }
            let configs: [Part]
        }
        let text = try await fetch("config_dump")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let clusters = try decoder.decode(Dump.self, from: Data(text.utf8)).configs
            .flatMap { $0.dynamicActiveClusters ?? [] }.map(\.cluster)
        return Dictionary(clusters.map { ($0.name, $0.connectTimeout ?? "") }) { first, _ in first }
    }

    /// `address:port`, once it has written it.
    private var address: String {
        (try? String(contentsOf: directory.appending(path: "admin"), encoding: .utf8)) ?? ""
    }

    /// The answer of the administration interface.
    private func fetch(_ path: String) async throws -> String {
        let file = directory.appending(path: "answer").path
        let curl = Process()
        curl.executableURL = URL(filePath: "/usr/bin/env")
        curl.arguments = ["curl", "--silent", "--max-time", "10", "--output", file, "http://\(address)/\(path)"]
        curl.standardInput = FileHandle.nullDevice
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            curl.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try curl.run() } catch {
                curl.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        guard status == 0 else {
            throw Unreachable(description: "\(proxy) at \(address): curl ended with \(status): \(complaints)")
        }
        return try String(contentsOfFile: file, encoding: .utf8)
    }

    struct Unreachable: Error, CustomStringConvertible {
        let description: String
    }
}
