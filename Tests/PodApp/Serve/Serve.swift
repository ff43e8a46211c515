import ArgumentParser
import AsyncHTTPClient
import GRPCCore
import GRPCNIOTransportHTTP2
import Glibc
import NIOCore
import NIOPosix

/// An application: HTTP/1.1 with websocket, gRPC, and lines of text over TCP, each on ports of its own.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves HTTP/1.1, websocket (/ws), gRPC and lines of text until SIGTERM.",
        discussion: """
            Any request is answered with what arrived. Special paths: /echo-body, /status/CODE, /delay/MILLISECONDS,
            /fail/COUNT[/ANY[/CODE]] (the first COUNT requests for the path get CODE, 503 if left out),
            /count-of/PATH (how many requests for PATH came), /redirect/PATH (to /PATH), /set-health/CODE and /health (answers with it), /stream/CHUNKS[/MILLISECONDS-BETWEEN], /counts. A TCP port answers each line with '<name> <line>' and
            reports each connection as a line of JSON when it is accepted and when it is closed.
            """)

    @Option(help: "The application's name: in the header x-app and in every answer.") var name: String
    @Option(parsing: .singleValue, help: "An HTTP port; 0 takes a free one. Repeatable.") var http: [Int] = []
    @Option(parsing: .singleValue, help: "A port for HTTP over TLS. Repeatable; wants --tls-cert and --tls-key.")
    var https: [Int] = []
    @OptionGroup(title: "TLS") var tls: ServerTLSOptions
    @Option(help: "The gRPC port (HTTP/2 without TLS); 0 takes a free one.") var grpc: Int?
    @Option(
        parsing: .singleValue,
        help:
            "PORT=echo: the client speaks first; PORT=banner: the server greets at once. 0 is a free port. Repeatable."
    )
    var tcp: [TCPPort] = []
    @Option(help: "The address to listen on.") var bind = "0.0.0.0"
    @Option(parsing: .singleValue, help: "'PATH METHOD URL': what a request on PATH calls first. Repeatable.")
    var calls: [OnwardCall] = []
    @Flag(help: "Reports each request when it arrives and when it is answered.") var trace = false
    @Flag(help: "Ends at once on SIGTERM, whatever is under way.") var abrupt = false

    func validate() throws {
        guard !http.isEmpty || !https.isEmpty || grpc != nil || !tcp.isEmpty else {
            throw ValidationError("nothing to serve: give --http, --https, --grpc or --tcp")
        }
        guard https.isEmpty || tls.isWanted else {
            throw ValidationError("--https wants --tls-cert and --tls-key")
        }
    }

    func run() async throws {
        let client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: .plain())
        do {
            try await serve(client: client)
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private func serve(client: HTTPClient) async throws {
        let ledger = RequestLedger(isTraced: trace)
        let application = Application(name: name, calls: calls, client: client, ledger: ledger)
        var web: [HTTPListener] = []
        for port in http { web.append(try await HTTPListener(application: application, host: bind, port: port)) }
        if let context = try tls.context() {
            for port in https {
                web.append(try await HTTPListener(application: application, host: bind, port: port, tls: context))
            }
        }
        let echo = grpc.map { EchoServer(name: name, ledger: ledger, host: bind, port: $0) }
        var lines: [TCPListener] = []
        for port in tcp { lines.append(try await TCPListener(app: name, host: bind, port: port)) }

        try await withThrowingTaskGroup { group in
            for listener in web { group.addTask { try await listener.run() } }
            if let echo { group.addTask { try await echo.run() } }
            for listener in lines { group.addTask { try await listener.run() } }
            let abrupt = abrupt
            group.addTask {
                await TerminationSignal.received()
                if abrupt { _exit(143) }
            }
            try await JSONLine.write(
                Ready(app: name, http: web.first?.port, grpc: echo?.port(), tcp: lines.map(\.port)))

            // The signal, or a server that failed.
            try await group.next()
            ledger.stop()
            // Who calls hears a moment later that this pod goes: until nobody has asked for a second, all is answered.
            var quiet = 0
            for _ in 0..<100 where quiet < 20 {
                try await Task.sleep(for: .milliseconds(50))
                quiet = ledger.isIdle ? quiet + 1 : 0
            }
            echo?.stop()
            for listener in web { listener.stop() }
            for listener in lines { listener.stop() }
            // Requests under way get their answer; connections that only wait are cut with the tasks.
            for _ in 0..<100 where !ledger.isIdle { try await Task.sleep(for: .milliseconds(50)) }
            group.cancelAll()
            // What the servers throw now comes of the cancellation.
            while await group.nextResult() != nil {}
        }
    }
}

/// The line that says that all ports listen.
private struct Ready: Encodable {
    let ready = true
    let app: String
    /// The first of the HTTP ports.
    let http: Int?
    let grpc: Int?
    let tcp: [Int]
}
