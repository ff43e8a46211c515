import ArgumentParser
import BenchReport
import ProxyFleet

/// Everything sees everything, and one service is added: what others handle worst.
struct PermissiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "permissive", abstract: "A service is added and taken away where every proxy sees every service.")

    @OptionGroup var options: SizeOptions
    @Option(help: "How many times a service is added and taken away.") var rounds = 5
    @Flag(help: "Only with lazy views, in which the service is not.") var lazyOnly = false

    func run() async throws {
        let size = try options.size(proxies: 1_000, services: 1_000, quickly: (20, 50))
        try await measureLazily(size)
        guard !lazyOnly else { return }
        var curve: [(bytes: Double, evaluations: Double)] = []
        for services in [size.services / 10, size.services] where services > 0 {
            curve.append(try await measure(size, services: services))
        }
        guard let small = curve.first, let large = curve.last, curve.count > 1 else { return }
        let ratios = [
            ("bytes per proxy", large.bytes / small.bytes), ("evaluations", large.evaluations / small.evaluations),
        ]
        for (measure, ratio) in ratios {
            Report.tell(
                "permissive", "\(measure), large mesh to small", size: size.services, ratio, "ratio", most: 1.1)
        }
    }

    /// With lazy views a service that nobody has called is sent to nobody.
    private func measureLazily(_ size: BenchSize) async throws {
        var size = size
        size.lazyAbove = "0"
        let pods = (size.proxies + size.services - 1) / size.services
        let mesh = MeshShape(services: size.services, pods: pods, isPermissive: true)
        try await Stage.with(size, mesh.files, Array(mesh.podNames.prefix(size.proxies))) { stage in
            try stage.save("added-beside.yaml", mesh.additionBeside)
            try await stage.settle(0..<size.proxies)
            _ = try stage.controller.log.takePublications()
            let before = stage.fleet.tally.totals
            let begin = try stage.controller.processorTime()
            var evaluations: [Double] = []
            for round in 1...rounds {
                progress("a service more, lazily: round \(round) of \(rounds)")
                try stage.save("added.yaml", mesh.addition)
                let limit = ContinuousClock.now + .seconds(60)
                var published: [ControllerLog.Publication] = []
                while published.isEmpty {
                    guard .now < limit else { throw BenchFailure("a further service was not published") }
                    try await Task.sleep(for: .milliseconds(20))
                    published = try stage.controller.log.takePublications()
                }
                evaluations.append(Double(published.map(\.evaluations).reduce(0, +)))
                try await Task.sleep(for: .milliseconds(500))
                try stage.remove("added.yaml")
                try await Task.sleep(for: .seconds(1))
                _ = try stage.controller.log.takePublications()
            }
            let after = stage.fleet.tally.totals
            func tell(_ measure: String, _ value: Double, _ unit: String, most: Double? = nil) {
                let name = "service added, lazy: \(measure), \(size.proxies) proxies"
                Report.tell("permissive", name, size: size.services, value, unit, most: most)
            }
            tell("responses", Double(after.responses - before.responses), "count", most: 0)
            tell("bytes", Double(after.bytes - before.bytes), "B", most: 0)
            tell("evaluations", evaluations.average, "count")
            let time = try stage.controller.processorTime() - begin
            tell("controller CPU, there and back", time * 1_000 / Double(rounds), "ms")
        }
    }

    private func measure(_ size: BenchSize, services: Int) async throws -> (bytes: Double, evaluations: Double) {
        let pods = (size.proxies + services - 1) / services
        let mesh = MeshShape(services: services, pods: pods, isPermissive: true)
        return try await Stage.with(size, mesh.files, Array(mesh.podNames.prefix(size.proxies))) { stage in
            try stage.save("added-beside.yaml", mesh.additionBeside)
            try await stage.settle(0..<size.proxies)
            let proxies = Double(size.proxies)
            var (additions, processor): ([Stage.Edited], [Double]) = ([], [])
            var strays = 0
            for round in 1...rounds {
                progress("a service more than \(services): round \(round) of \(rounds)")
                let before = try await stage.fleet.counts()
                let begin = try stage.controller.processorTime()
                additions.append(
                    try await stage.edit("added.yaml", mesh.addition, reaching: size.proxies))
                processor.append(try stage.controller.processorTime() - begin)
                let after = try await stage.fleet.counts()
                strays += zip(before, after).filter { Self.difference($0, $1) != Self.expected }.count
                try stage.remove("added.yaml")
                // Clusters and routes go five seconds after what referred to them.
                try await stage.awaitQuiet(.seconds(7))
            }
            func tell(_ measure: String, _ value: Double, _ unit: String, most: Double? = nil) {
                let name = "service added: \(measure), \(size.proxies) proxies"
                Report.tell("permissive", name, size: services, value, unit, most: most)
            }
            let bytes = additions.map { Double($0.bytes) / proxies }.average
            let evaluations = additions.map { Double($0.evaluations) }.average
            tell("proxies sent more or less than one of each type", Double(strays), "count", most: 0)
            tell("resources per proxy", additions.map { Double($0.resources) / proxies }.average, "count", most: 4)
            tell("bytes per proxy", bytes, "B")
            tell("responses per proxy", additions.map { Double($0.responses) / proxies }.average, "count")
            tell("names taken away", additions.map { Double($0.removed) }.average, "count", most: 0)
            tell("evaluations", evaluations, "count")
            tell("resources translated", additions.map { Double($0.translated) }.average, "count")
            tell("to last ACK p50", additions.map(\.last).percentile(0.50), "ms")
            tell("to last ACK max", additions.map(\.last).max() ?? 0, "ms")
            tell("controller CPU", processor.average * 1_000, "ms")
            return (bytes, evaluations)
        }
    }

    /// What a service more is to a proxy.
    private static let expected: [ResourceKind: Int] = [.cluster: 1, .endpoints: 1, .listener: 1, .route: 1]

    private static func difference(_ before: ProxyCounts, _ after: ProxyCounts) -> [ResourceKind: Int] {
        after.resources.merging(before.resources) { $0 - $1 }.filter { $0.value != 0 }
    }
}
