import ArgumentParser
import NIOCore

/// Long-lived TCP connections, each with numbered lines whose answers are checked.
struct LoadTCP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load-tcp",
        abstract: "Holds TCP connections open, sends lines on each at a steady rate, and reports what came of them.",
        discussion: """
            A connection is open once its first line has come: the server's greeting with --banner, the first answer
            without. An end before that is 'unopened', one after it, unless asked for, is 'lost'; both are counted by
            reason, and the connection is made again. SIGTERM or the end of --seconds ends all; then the total follows.
            """)

    @Option(help: "HOST:PORT, [IPv6]:PORT.") var address: CallTarget.Endpoint
    @Option(help: "How many connections.") var connections = 4
    @Option(help: "Lines a second on each connection.") var rate = 10.0
    @Flag(help: "The server speaks first.") var banner = false
    @Option(help: "Milliseconds until a connection is made again.") var retryMs = 100
    @Option(help: "Milliseconds between two reports.") var reportMs = 200
    @Option(help: "How long; without it until SIGTERM.") var seconds: Double?

    func validate() throws {
        guard rate > 0, rate <= 10_000 else { throw ValidationError("--rate must be more than 0, at most 10000") }
        guard connections > 0 else { throw ValidationError("--connections must be at least 1") }
        guard reportMs > 0, retryMs > 0 else { throw ValidationError("--report-ms and --retry-ms must be at least 1") }
    }

    func run() async throws {
        let tally = ConnectionTally()
        let connection = LongConnection(
            dialing: Dialing(endpoint: address, tls: nil, timeout: .seconds(10)), isGreeted: banner, rate: rate)
        await withDiscardingTaskGroup { group in
            for number in 1...connections {
                group.addTask {
                    // Spread over the first interval, so that not all lines are due at once.
                    try? await Task.sleep(for: .seconds(Double(number) / Double(connections) / rate))
                    while !Task.isCancelled {
                        await connection.hold(number: number, tally: tally)
                        try? await Task.sleep(for: .milliseconds(retryMs))
                    }
                }
            }
            group.addTask {
                while (try? await Task.sleep(for: .milliseconds(reportMs))) != nil {
                    try? JSONLine.write(ConnectionReport(tally.takeInterval()))
                }
            }
            await theEnd()
            tally.stop()
            group.cancelAll()
        }
        try JSONLine.write(ConnectionReport(tally.takeInterval()))
        try JSONLine.write(ConnectionReport(tally.total, isTotal: true))
    }

    private func theEnd() async {
        await withDiscardingTaskGroup { group in
            // Both of these return when they are cancelled; the first to return ends the other.
            let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
            group.addTask {
                await TerminationSignal.received()
                continuation.yield()
            }
            if let seconds {
                group.addTask {
                    try? await Task.sleep(for: .seconds(seconds))
                    continuation.yield()
                }
            }
            for await _ in ends { break }
            group.cancelAll()
        }
    }
}
