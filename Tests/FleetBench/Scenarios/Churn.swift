import ArgumentParser
import BenchReport
import ProxyFleet

/// Whether the controller keeps up with endpoints that come and go all the time, and its memory stays what it was.
struct ChurnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "churn", abstract: "Endpoints of services go up and down, many each second.",
        discussion: """
            Beside the mesh stands one pod that sees nothing of what comes and goes: an endpoint of its own changes twice a \
            second, and how long that takes to its acknowledgement is the lag.
            """)

    @OptionGroup var options: SizeOptions
    @Option(help: "For how many seconds at each rate.") var seconds: Int?
    @Option(help: "How many events a second; may be given again.") var rate: [Int] = []

    func run() async throws {
        let size = try options.size(proxies: 1_000, services: 1_000, quickly: (50, 50))
        let seconds = seconds ?? (size.isQuick ? 10 : 120)
        guard seconds > 0, rate.allSatisfy({ $0 > 0 }) else { throw ValidationError("a rate and a time are above 0") }
        // Two pods each: one stays while the other comes and goes.
        let mesh = MeshShape(
            services: size.services, pods: max(2, (size.proxies + size.services - 1) / size.services))
        let observer = Crowd(size: 1)
        let pods = Array(mesh.podNames.prefix(size.proxies))
        try await Stage.with(size, mesh.files.merging(observer.files) { $1 }, pods + observer.podNames) { stage in
            try await stage.settle(0..<size.proxies + 1)
            var churn = Churn(stage: stage, mesh: mesh, observer: observer, proxies: size.proxies)
            for rate in rate.isEmpty ? [100, 500, 1_000] : rate {
                try await churn.run(rate: rate, seconds: seconds)
            }
        }
    }
}

private struct Churn {
    let stage: Stage
    let mesh: MeshShape
    let observer: Crowd
    /// How many proxies see what comes and goes; the next one is the observer.
    let proxies: Int
    private var events = 0
    private var isUp: [Bool]
    private var observed = 0

    init(stage: Stage, mesh: MeshShape, observer: Crowd, proxies: Int) {
        (self.stage, self.mesh, self.observer, self.proxies) = (stage, mesh, observer, proxies)
        isUp = Array(repeating: true, count: mesh.services)
    }

    /// - Returns: The moment before the file was replaced.
    private mutating func event() throws -> ContinuousClock.Instant {
        // A step that shares no factor with the number of services visits all of them.
        let service = events * 7_919 % mesh.services
        events += 1
        isUp[service].toggle()
        return try stage.save(
            MeshShape.sliceFile(service), mesh.slice(service, lastIsReady: isUp[service])
        ).monotonic
    }

    /// What the observer waits for.
    private struct Lag {
        var begin: ContinuousClock.Instant?
        var delays: [Double] = []
        var next: ContinuousClock.Instant

        /// It was not sent within this time.
        static let limit = Duration.seconds(60)
    }

    /// Looks whether the observer has what it waits for, and changes its endpoint again twice a second.
    private mutating func observe(_ lag: inout Lag) async throws {
        if let begin = lag.begin {
            guard let last = try await stage.fleet.lastAcknowledgement(proxies), last >= begin else {
                guard begin + Lag.limit > .now else { throw BenchFailure("a change has not arrived after a minute") }
                return
            }
            lag.delays.append(begin.milliseconds(to: last))
            lag.begin = nil
        }
        guard lag.next <= .now else { return }
        lag.next = .now + .milliseconds(500)
        observed += 1
        lag.begin = try stage.save(Crowd.Edit.endpoints.file, observer.text(.endpoints, observed)).monotonic
    }

    mutating func run(rate: Int, seconds: Int) async throws {
        let controller = stage.controller
        let (before, processor, totals) = (
            try controller.residentMemory(), try controller.processorTime(), stage.fleet.tally.totals
        )
        var early: Double?
        let first = events
        let begin = ContinuousClock.now
        var last = begin
        var lag = Lag(next: begin)
        var told = 0.0
        while true {
            let elapsed = begin.milliseconds(to: .now) / 1_000
            if elapsed >= Double(seconds) { break }
            while events - first < Int(elapsed * Double(rate)) { last = try event() }
            try await observe(&lag)
            // By then every path has been gone once.
            if early == nil, elapsed >= Double(seconds) / 10 { early = try controller.residentMemory() }
            if elapsed >= told + 30 {
                told = elapsed
                progress("\(rate) events/s: \(events - first) after \(Int(elapsed)) of \(seconds) s")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        let end = ContinuousClock.now
        try await stage.awaitQuiet(.seconds(2), within: .seconds(180))
        let after = stage.fleet.tally.totals
        let used = try controller.processorTime() - processor
        let memory = try controller.residentMemory()
        _ = try controller.log.takeLines()
        let happened = Double(max(1, events - first))
        func tell(_ measure: String, _ value: Double, _ unit: String, most: Double? = nil) {
            Report.tell("churn", measure, size: rate, value, unit, most: most)
        }
        // Where the machine lets fewer happen, the other figures are of those.
        tell("events that did not happen", (1 - happened / Double(rate * seconds)) * 100, "%", most: 5)
        tell("controller CPU", used / (begin.milliseconds(to: end) / 1_000), "cores")
        tell("controller CPU per event", used * 1_000 / happened, "ms")
        tell("resources sent per event", Double(after.resources - totals.resources) / happened, "count")
        tell("responses per event", Double(after.responses - totals.responses) / happened, "count")
        tell("lag of another change p50", lag.delays.percentile(0.50), "ms")
        tell("lag of another change p99", lag.delays.percentile(0.99), "ms")
        tell("last event to last ACK", last.milliseconds(to: after.lastAcknowledgement), "ms")
        tell("memory before", before / 1_024, "MB")
        tell("memory after", memory / 1_024, "MB")
        if let early {
            tell("memory after a tenth of the time", early / 1_024, "MB")
            tell("memory grown since a tenth of the time", (memory / early - 1) * 100, "%", most: 5)
        }
    }
}
