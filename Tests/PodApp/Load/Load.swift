import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// Requests on a fixed schedule, whatever becomes of those before them.
struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends requests at a steady rate and reports what came of them.",
        discussion: """
            Request n is due at start + n / rate; its latency counts from then, also where it waits for a connection.
            SIGTERM or the end of --seconds stops the schedule; requests under way are finished, then the total follows.
            """)

    @Option(help: "The request's method.") var method = "GET"
    @Option(help: "Where to.") var url: String
    @Option(help: "Requests a second.") var rate = 200.0
    @Option(help: "Connections at most.") var connections = 8
    @Option(help: "Milliseconds between two reports.") var reportMs = 200
    @Option(help: "How long; without it until SIGTERM.") var seconds: Double?
    @Option(parsing: .singleValue, help: "A header 'name: value'. Repeatable.") var header: [HeaderField] = []
    @Flag(help: "A new connection for each request.") var fresh = false
    @Flag(help: "Adds '?call=ID' to each request, and reports each one that is not answered with a status of success.")
    var trace = false

    func validate() throws {
        guard rate > 0, rate <= 100_000 else { throw ValidationError("--rate must be more than 0, at most 100000") }
        guard connections > 0 else { throw ValidationError("--connections must be at least 1") }
        guard reportMs > 0 else { throw ValidationError("--report-ms must be at least 1") }
    }

    func run() async throws {
        let client = HTTPClient(
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
            configuration: .plain(connections: connections, usesPerConnection: fresh ? 1 : nil))
        let tally = Tally()
        do {
            try await send(with: client, to: tally)
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
        try JSONLine.write(LoadReport(interval: tally.takeInterval()))
        try JSONLine.write(LoadReport(total: tally.total, latencies: tally.latencies))
    }

    private func send(with client: HTTPClient, to tally: Tally) async throws {
        let schedule = Schedule(rate: rate, length: seconds.map { .seconds($0) })
        let request = LoadRequest(
            method: HTTPMethod(rawValue: method), url: url, headers: header, trace: trace ? CallTrace() : nil)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { requests in
                    for await due in schedule.dueTimes {
                        tally.sent()
                        requests.addTask { await request.send(with: client, due: due, to: tally) }
                    }
                }
                return true
            }
            group.addTask {
                await schedule.run()
                return false
            }
            group.addTask {
                await TerminationSignal.received()
                schedule.stop()
                return false
            }
            group.addTask {
                while !Task.isCancelled {
                    try await Task.sleep(for: .milliseconds(reportMs))
                    try JSONLine.write(LoadReport(interval: tally.takeInterval()))
                }
                return false
            }
            while let isFinished = try await group.next(), !isFinished {}
            group.cancelAll()
        }
    }
}
