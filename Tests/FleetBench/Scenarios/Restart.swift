import ArgumentParser
import ProxyFleet

/// What a restarted controller sends to proxies that come back with all that they had.
struct RestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "The controller is stopped and started again under many proxies.")

    @OptionGroup var options: SizeOptions

    func run() async throws {
        let size = try options.size(proxies: 1_000, services: 1_000, quickly: (50, 50))
        let mesh = MeshShape(services: size.services, pods: (size.proxies + size.services - 1) / size.services)
        let pods = Array(mesh.podNames.prefix(size.proxies))
        try await Stage.with(size, mesh.files, pods) { stage in
            try await stage.settle(0..<size.proxies)
            let before = stage.fleet.tally.totals
            let secrets = try await Self.secrets(stage)
            guard before.bytes > 0, secrets >= size.proxies else {
                throw BenchFailure("the proxies were sent nothing before the restart")
            }
            let stopped = ContinuousClock.now
            stage.controller.stop()
            while stage.fleet.tally.totals.settled > 0 { try await Task.sleep(for: .milliseconds(2)) }
            let ready = try await stage.controller.start()
            try await stage.awaitSettled(size.proxies)
            let settled = ContinuousClock.now
            try await stage.awaitQuiet(.seconds(1))
            let after = stage.fleet.tally.totals
            func tell(_ measure: String, _ value: Double, _ unit: String, most: Double? = nil) {
                Report.tell("restart", measure, size: size.proxies, value, unit, most: most)
            }
            tell("bytes of resources sent again", Double(after.bytes - before.bytes), "B", most: 0)
            tell("resources sent again", Double(after.resources - before.resources), "count", most: 0)
            tell("names taken away", Double(after.removed - before.removed), "count", most: 0)
            tell(
                "secrets sent again, certificates and roots", Double(try await Self.secrets(stage) - secrets), "count",
                most: 0)
            tell("bytes sent at first", Double(before.bytes), "B")
            tell("stopped to ready", stopped.milliseconds(to: ready) / 1_000, "s")
            tell("ready to all back", ready.milliseconds(to: settled) / 1_000, "s")
            tell("controller CPU since the start", try stage.controller.processorTime(), "s")
        }
    }

    /// How many secrets all proxies were sent.
    private static func secrets(_ stage: Stage) async throws -> Int {
        try await stage.fleet.counts().reduce(0) { $0 + ($1.resources[.secret] ?? 0) }
    }
}
