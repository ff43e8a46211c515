import ArgumentParser
import GRPCCore
import GRPCNIOTransportHTTP2
import NIOCore

/// What proxies send to: a collector of logs and spans, and a service that decides about requests.
struct Collect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Collects logs (OpenTelemetry), spans (OpenTelemetry, Zipkin) and decides about requests (ext_authz).",
        discussion: """
            By gRPC it takes logs and spans of OpenTelemetry, and checks of Envoy's external authorization: a request \
            with the header x-deny is refused with 403, one with x-wait: MILLISECONDS is decided that late, every other \
            may pass and gets the header x-checked. By HTTP it takes spans of Zipkin, version 2 as JSON, at any path. \
            Each entry, span and check is a line of JSON.
            """)

    @Option(help: "The gRPC port (HTTP/2 without TLS); 0 takes a free one.") var grpc: Int
    @Option(help: "The HTTP port; 0 takes a free one.") var http: Int
    @Option(help: "The address to listen on.") var bind = "0.0.0.0"

    func run() async throws {
        let transport = HTTP2ServerTransport.Posix(
            address: bind.contains(":") ? .ipv6(host: bind, port: grpc) : .ipv4(host: bind, port: grpc),
            transportSecurity: .plaintext)
        let server = GRPCServer(transport: transport, services: [CollectorService()])
        let spans = try await SpanListener(host: bind, port: http)
        try await withThrowingTaskGroup { group in
            group.addTask { try await server.serve() }
            group.addTask { try await spans.run() }
            group.addTask { await TerminationSignal.received() }
            let address = try await transport.listeningAddress
            try JSONLine.write(Ready(grpc: address.ipv4?.port ?? address.ipv6?.port ?? 0, http: spans.port))
            // The signal, or a server that failed.
            try await group.next()
            group.cancelAll()
            // What the servers throw now comes of the cancellation.
            while await group.nextResult() != nil {}
        }
    }
}

/// The line that says that both ports listen.
private struct Ready: Encodable {
    let ready = true
    let grpc: Int
    let http: Int
}
