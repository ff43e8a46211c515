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
            let own = Self.ownProcessorTime
            let begin = ContinuousClock.now
            try await stage.fleet.connect(0..<size.proxies)
            try await stage.awaitSettled(size.proxies)
            let counts = try await stage.fleet.counts()
            let certified = counts.compactMap(\.certified).map { begin.milliseconds(to: $0) / 1_000 }
            let settled = counts.compactMap(\.settled).map { begin.milliseconds(to: $0) / 1_000 }
            func tell(_ measure: String, _ value: Double, _ unit: String) {
                Report.tell(Figure("storm", measure, size: size.proxies, value, unit))
            }
            Report.tell(
                Figure(
                    "storm", "proxies without a certificate", size: size.proxies,
                    Double(size.proxies - certified.count), "", most: 0))
            tell("certified p50", certified.percentile(50), "s")
            tell("certified p99", certified.percentile(99), "s")
            Report.tell(
                Figure("storm", "certified last", size: size.proxies, certified.max() ?? 0, "s", most: 2))
            tell("all that is asked for, p50", settled.percentile(50), "s")
            tell("all that is asked for, last", settled.max() ?? 0, "s")
            tell("controller CPU", try stage.controller.processorTime() - processor, "s")
            tell("proxies CPU", Self.ownProcessorTime - own, "s")
            tell("bytes per proxy", Double(counts.reduce(0) { $0 + $1.bytes }) / Double(size.proxies), "B")
            tell("streams that ended", Double(stage.fleet.tally.totals.ends.values.reduce(0, +)), "")
        }
    }

    /// The processor time that this process has used, in seconds.
    private static var ownProcessorTime: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}
