import GRPCCore
import GRPCNIOTransportHTTP2

/// The gRPC port of an application: `osm.test.Echo` and its health, without TLS.
struct EchoServer: Sendable {
    private let transport: HTTP2ServerTransport.Posix
    private let server: GRPCServer<HTTP2ServerTransport.Posix>

    private let host: String
    private let requestedPort: Int

    /// Listens from `run` on.
    init(name: String, ledger: RequestLedger, host: String, port: Int) {
        self.host = host
        requestedPort = port
        transport = HTTP2ServerTransport.Posix(
            address: host.contains(":") ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port),
            transportSecurity: .plaintext)
        server = GRPCServer(transport: transport, services: [EchoService(name: name, ledger: ledger)])
    }

    /// Serves until `stop`, then until all calls have ended.
    func run() async throws { try await server.serve() }

    /// Accepts no more calls.
    func stop() { server.beginGracefulShutdown() }

    /// The port it listens on, once it does.
    func port() async throws -> Int {
        do {
            let address = try await transport.listeningAddress
            return address.ipv4?.port ?? address.ipv6?.port ?? 0
        } catch {
            throw Failure(word: "other: cannot listen for gRPC on \(host):\(requestedPort)", detail: "\(error)")
        }
    }
}

/// Answers each message with itself, the application's name before it; every service but `down` is healthy.
private struct EchoService: RegistrableRPCService {
    let name: String
    let ledger: RequestLedger

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        for method in [EchoMethod.say, EchoMethod.stream] {
            router.registerHandler(forMethod: method, deserializer: RawBytes(), serializer: RawBytes()) { request, _ in
                ledger.arrived(path: "/\(method.fullyQualifiedMethod)")
                return StreamingServerResponse(metadata: ["x-app": "\(name)"]) { writer in
                    for try await message in request.messages {
                        try await writer.write(Array("\(name): ".utf8) + message)
                    }
                    return [:]
                }
            }
        }
        router.registerHandler(forMethod: EchoMethod.check, deserializer: RawBytes(), serializer: RawBytes()) {
            request, _ in
            var service: [UInt8] = []
            for try await message in request.messages { service = message }
            // Field 1 is the service that is asked for, and of the answer the status: 1 serves, 2 does not.
            let status: UInt8 = service.suffix(4) == Array("down".utf8)[...] ? 2 : 1
            return StreamingServerResponse { writer in
                try await writer.write([0x08, status])
                return [:]
            }
        }
    }
}
