import ArgumentParser
import Foundation
import Synchronization

/// How long it takes until all of many proxies that connect at once have their certificates.
@main
struct StormBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Connects many proxies at once to a controller of its own, over TLS, each with its pod's token.",
        discussion: """
            Prints how long each had to wait for its certificate, from the moment at which all began; and the processor \
            time of the controller, since the proxies run on the same machine.
            """)

    @Option(help: "The program osm-controller.") var controller: String
    @Option(help: "How many proxies.") var proxies = 1_000
    @Option(help: "Within how many seconds all are to have their certificates.") var goal = 2.0
    @Option(help: "A free port.") var port = 25_128

    func run() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "osm-storm-\(getpid())").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let mesh = BenchMesh(
            pods: proxies, directory: directory, controller: controller, address: "127.0.0.1:\(port)")
        try mesh.write()
        let process = try start(mesh)
        defer { stop(process) }
        try await awaitPort()
        print("==> tokens of \(proxies) pods, by osm-controller pod-files")
        let files = try (0..<proxies).map { number in
            if number > 0, number % 250 == 0 { print("    \(number)") }
            fflush(nil)
            return try mesh.files(of: number)
        }
        let context = try BenchProxy.context(rootsPEM: files[0].roots)
        let proxies = files.map { BenchProxy(token: $0.token, port: port, context: context) }
        let before = processorTime(process)
        let own = Self.processorTime
        let times = await connect(proxies)
        let used = processorTime(process) - before
        let sorted = times.sorted()
        let isGood = times.count == proxies.count && sorted.last ?? .infinity <= goal
        let others = Self.processorTime - own
        print("proxies  certified  p50 s  p99 s  last s  controller CPU s  proxies CPU s  goal s  ok")
        print(
            String(
                format: "%7d %10d %6.2f %6.2f %7.2f %17.2f %14.2f %7.1f  %@", proxies.count, sorted.count,
                sorted.isEmpty ? 0.0 : sorted[sorted.count / 2], sorted.isEmpty ? 0.0 : sorted[sorted.count * 99 / 100],
                sorted.last ?? 0.0, used, others, goal, isGood ? "yes" : "NO"))
        if !isGood { throw ExitCode(1) }
    }

    private func start(_ mesh: BenchMesh) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: controller)
        process.arguments = [
            "run", "--manifests", mesh.manifests, "--state", mesh.state, "--listen", mesh.address, "--log-level",
            "error",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func stop(_ process: Process) {
        process.terminate()
        process.waitUntilExit()
    }

    private func awaitPort() async throws {
        for _ in 0..<600 {
            let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(connection) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(UInt16(port)).bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if result == 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw ValidationError("the controller did not serve within a minute")
    }

    /// - Returns: After how many seconds each had its secrets; at most a minute is waited for them.
    private func connect(_ proxies: [BenchProxy]) async -> [Double] {
        let (arrivals, arrive) = AsyncStream.makeStream(of: Double?.self)
        let begin = ContinuousClock.now
        for proxy in proxies {
            proxy.connect { failure in
                if let failure { print("a proxy has no certificate: \(failure)") }
                arrive.yield(failure == nil ? begin.duration(to: .now) / .seconds(1) : nil)
            }
        }
        let limit = Task {
            try await Task.sleep(for: .seconds(60))
            arrive.finish()
        }
        defer { limit.cancel() }
        var times: [Double?] = []
        for await time in arrivals {
            times.append(time)
            if times.count == proxies.count { break }
        }
        return times.compactMap(\.self)
    }

    /// The processor time that this process has used, in seconds.
    private static var processorTime: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    /// The processor time that a process has used, in seconds.
    private func processorTime(_ process: Process) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        // utime and stime, the 14th and 15th field of all, counted in ticks.
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
