import ArgumentParser
import Foundation
import ProxyFleet

/// What a connected proxy costs the controller.
struct MemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "The controller's resident memory per connected proxy.",
        discussion: """
            Without permissive mode each proxy sees five services, and is idle after some kilobytes. In permissive mode \
            each was pushed what all services need, and has asked for it by name in requests of more than 8 KB. With lazy \
            views each has what its identity calls: six services, of which a TrafficTarget names five and one was called.
            """)

    @OptionGroup var options: SizeOptions
    @Flag(help: "Only without permissive mode.") var smiOnly = false
    @Flag(help: "Only in permissive mode, where every proxy has every service.") var permissiveOnly = false
    @Flag(help: "Only in permissive mode with lazy views.") var lazyOnly = false

    /// So many services make up the 256 KB of which the goal speaks.
    private static let promised = 111

    func run() async throws {
        let size = try options.size(proxies: 5_000, services: 1_000, quickly: (200, 50))
        var mesh = MeshShape(services: size.services, pods: (size.proxies + size.services - 1) / size.services)
        let steps = [size.proxies / 5, size.proxies * 2 / 5, size.proxies].filter { $0 > 0 }
        let isSMIWanted = !permissiveOnly && !lazyOnly
        if isSMIWanted { try await measure(size, mesh, steps, "SMI", most: 64, andAgain: true) }
        guard !smiOnly, let first = steps.first else { return }
        if !permissiveOnly { try await Self.measureLazily(size, proxies: first) }
        guard !lazyOnly else { return }
        mesh.isPermissive = true
        if size.services > Self.promised {
            var mesh = MeshShape(services: Self.promised, pods: (first + Self.promised - 1) / Self.promised)
            mesh.isPermissive = true
            let mode = "permissive, \(Self.promised) services"
            try await measure(size, mesh, [first], mode, most: 100, andAgain: true)
        }
        let mode = "permissive, \(size.services) services"
        // The versions of all that many proxies have are more than a fleet can send before its connections time out.
        try await measure(size, mesh, [first], mode, most: 100, andAgain: true)
        try await measure(size, mesh, Array(steps.dropFirst()), mode, most: 100, andAgain: false)
    }

    private func measure(
        _ size: BenchSize, _ mesh: MeshShape, _ steps: [Int], _ mode: String, most: Double, andAgain: Bool
    ) async throws {
        try await Stage.with(size, mesh.files, Array(mesh.podNames.prefix(steps.last ?? 0))) { stage in
            try await Task.sleep(for: .seconds(3))
            let empty = try stage.controller.residentMemory()
            func tell(_ measure: String, _ count: Int, _ value: Double, _ unit: String, most: Double? = nil) {
                Report.tell("memory", "\(measure), \(mode)", size: count, value, unit, most: most)
            }
            tell("without proxies", 0, empty / 1_024, "MB")
            var (former, connected) = (empty, 0)
            for count in steps {
                try Self.needRoom(for: (former - empty) / Double(max(1, connected)) * Double(count - connected), count)
                let before = stage.fleet.tally.totals
                try await stage.settle(connected..<count)
                try await stage.awaitQuiet(.seconds(5))
                let now = try stage.controller.residentMemory()
                let after = stage.fleet.tally.totals
                tell("per proxy", count, (now - empty) / Double(count), "KB", most: most)
                tell("per further proxy", count, (now - former) / Double(count - connected), "KB")
                tell(
                    "pushed per proxy", count, Double(after.bytes - before.bytes) / 1_024 / Double(count - connected),
                    "KB")
                (former, connected) = (now, count)
            }
            let requests = try await stage.fleet.counts().map { Double($0.requestBytes) / 1_024 }
            tell("requests per proxy", connected, requests.average, "KB")
            if andAgain { try await returned(stage, connected, empty, most: most, tell) }
        }
    }

    /// Stops before the machine has no memory left, by what each proxy cost so far.
    ///
    /// - Parameter expected: What is needed, in KB.
    private static func needRoom(for expected: Double, _ count: Int) throws {
        let text = try String(contentsOfFile: "/proc/meminfo", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        guard let available = line?.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else { return }
        guard expected * 1.5 < available else {
            throw BenchFailure(
                "\(count) proxies would need \(Int(expected / 1_024)) MB more, of \(Int(available / 1_024)) MB that there are"
            )
        }
    }

    /// The same proxies after a restart: they have everything, and are pushed nothing.
    private func returned(
        _ stage: Stage, _ count: Int, _ empty: Double, most: Double,
        _ tell: (String, Int, Double, String, Double?) -> Void
    ) async throws {
        stage.controller.stop()
        while stage.fleet.tally.totals.settled > 0 { try await Task.sleep(for: .milliseconds(2)) }
        try await stage.controller.start()
        try await stage.awaitSettled(count)
        try await stage.awaitQuiet(.seconds(5))
        let now = try stage.controller.residentMemory()
        tell("per proxy that came back with all", count, (now - empty) / Double(count), "KB", most)
    }
}
