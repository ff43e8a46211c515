import ArgumentParser
import AsyncHTTPClient
import GRPCCore
import GRPCNIOTransportHTTP2
import NIOCore
import NIOPosix

/// An application: HTTP/1.1 with websocket, and gRPC on a port of its own.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves HTTP/1.1, websocket (/ws) and gRPC until SIGTERM.",
        discussion: """
            Any request is answered with what arrived. Special paths: /echo-body, /status/CODE, /delay/MILLISECONDS,
            /stream/CHUNKS[/MILLISECONDS-BETWEEN], /counts.
            """)

    @Option(help: "The application's name: in the header x-app and in every answer.") var name: String
    @Option(help: "The HTTP port; 0 takes a free one.") var http: Int
    @Option(help: "The gRPC port (HTTP/2 without TLS); 0 takes a free one.") var grpc: Int?
    @Option(help: "The address to listen on.") var bind = "0.0.0.0"
    @Option(parsing: .singleValue, help: "'PATH METHOD URL': what a request on PATH calls first. Repeatable.")
    var calls: [OnwardCall] = []

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
        let ledger = RequestLedger()
        let application = Application(name: name, calls: calls, client: client, ledger: ledger)
        let listener = try await HTTPListener(application: application, host: bind, port: http)
        let echo = grpc.map { EchoServer(name: name, ledger: ledger, host: bind, port: $0) }

        try await withThrowingTaskGroup { group in
            group.addTask { try await listener.run() }
            if let echo { group.addTask { try await echo.run() } }
            group.addTask { await TerminationSignal.received() }
            try await JSONLine.write(Ready(app: name, http: listener.port, grpc: echo?.port()))

            // The signal, or a server that failed.
            try await group.next()
            ledger.stop()
            echo?.stop()
            listener.stop()
            // Requests under way get their answer; connections that only wait are cut with the tasks.
            for _ in 0..<100 where !ledger.isIdle { try await Task.sleep(for: .milliseconds(50)) }
            group.cancelAll()
            // What the servers throw now comes of the cancellation.
            while await group.nextResult() != nil {}
        }
    }
}

/// The line that says that both ports listen.
private struct Ready: Encodable {
    let ready = true
    let app: String
    let http: Int
    let grpc: Int?
}
