import ArgumentParser
import BenchReport
import Foundation
import ProxyFleet

/// How long it takes until all of many proxies that connect at once have their certificates, and all else.
struct StormCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm", abstract: "Many proxies connect at once that have never been there.")

    @OptionGroup var options: SizeOptions

    func run() async throws {
        let size = try options.size(proxies: 1_000, services: 1_000, quickly: (50, 50))
        let mesh = MeshShape(services: size.services, pods: (size.proxies + size.services - 1) / size.services)
        let pods = Array(mesh.podNames.prefix(size.proxies))
        try await Stage.with(size, mesh.files, pods) { stage in
            let processor = try stage.controller.processorTime()
            let own = (ProcessUsage.processorTime(of: getpid()) ?? 0)
            let begin = ContinuousClock.now
            try await stage.fleet.connect(0..<size.proxies)
            try await stage.awaitSettled(size.proxies)
            let counts = try await stage.fleet.counts()
            let certified = counts.compactMap(\.certified).map { begin.milliseconds(to: $0) / 1_000 }
            let settled = counts.compactMap(\.settled).map { begin.milliseconds(to: $0) / 1_000 }
            func tell(_ measure: String, _ value: Double, _ unit: String, most: Double? = nil) {
                Report.tell("storm", measure, size: size.proxies, value, unit, most: most)
            }
            tell("proxies without a certificate", Double(size.proxies - certified.count), "count", most: 0)
            tell("certified p50", certified.percentile(0.50), "s")
            tell("certified p99", certified.percentile(0.99), "s")
            tell("certified last", certified.max() ?? 0, "s", most: 2)
            tell("all that is asked for, p50", settled.percentile(0.50), "s")
            tell("all that is asked for, last", settled.max() ?? 0, "s")
            tell("controller CPU", try stage.controller.processorTime() - processor, "s")
            tell("proxies CPU", (ProcessUsage.processorTime(of: getpid()) ?? 0) - own, "s")
            tell("bytes per proxy", Double(counts.reduce(0) { $0 + $1.bytes }) / Double(size.proxies), "B")
            tell("streams that ended", Double(stage.fleet.tally.totals.ends.values.reduce(0, +)), "count")
        }
    }
}
