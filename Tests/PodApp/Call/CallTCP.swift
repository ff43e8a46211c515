import ArgumentParser
import NIOCore

/// Single TCP connections, one after another.
struct CallTCP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call-tcp",
        abstract: "Makes TCP connections and prints a line for each; the exit code is 0 whatever came of them.",
        discussion: """
            With --banner the server speaks first: its line is waited for before anything is sent. With --send a line is
            sent and the answer to it waited for. Without either, as with --banner. The result's 'end' is answered,
            refused, reset, closed, timeout, tls or other: ...; 'bytes' counts all that came, answered or not.
            """)

    @Option(help: "HOST:PORT, [IPv6]:PORT.") var address: CallTarget.Endpoint
    @Flag(help: "The server speaks first.") var banner = false
    @Option(help: "The line to send.") var send: String?
    @Option(help: "How many connections.") var times = 1
    @Option(help: "Milliseconds for one connection, connecting included.") var timeoutMs = 10_000
    @OptionGroup(title: "TLS by hand") var tls: TLSOptions

    func run() async throws {
        let timeout = Duration.milliseconds(timeoutMs)
        let dialing = try Dialing(endpoint: address, tls: tls.dialingTLS(), timeout: timeout)
        let call = TCPCall(isGreeted: banner || send == nil, line: send)
        for _ in 0..<times {
            let record = TCPCall.Record()
            do {
                try await withTimeout(timeout) { try await call.make(dialing, record) }
            } catch {
                record.failed(Failure(error))
            }
            try JSONLine.write(record.result)
        }
    }
}
