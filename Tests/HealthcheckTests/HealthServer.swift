import GRPCCore
import GRPCNIOTransportHTTP2

/// gRPC's health service, which says that one service serves and all others do not.
struct HealthServer: RegistrableRPCService {
    /// The service that serves.
    let serving: String

    private struct Bytes: MessageSerializer, MessageDeserializer {
        func serialize<Output: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Output { Output(message) }
        func deserialize<Input: GRPCContiguousBytes>(_ bytes: Input) throws -> [UInt8] {
            bytes.withUnsafeBytes { Array($0) }
        }
    }

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: "grpc.health.v1.Health", method: "Check"),
            deserializer: Bytes(), serializer: Bytes()
        ) { request, _ in
            var name = ""
            for try await message in request.messages { name = String(decoding: message.dropFirst(2), as: UTF8.self) }
            let status: UInt8 = name == serving ? 1 : 2
            return StreamingServerResponse { writer in
                try await writer.write([0x08, status])
                return [:]
            }
        }
    }

    /// Runs a server while a closure does something with its port.
    static func serve(_ serving: String, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let server = GRPCServer(
            transport: .http2NIOPosix(address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext),
            services: [HealthServer(serving: serving)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            let address = try await server.listeningAddress
            try await body(address?.ipv4?.port ?? 0)
            server.beginGracefulShutdown()
            try await group.waitForAll()
        }
    }
}
