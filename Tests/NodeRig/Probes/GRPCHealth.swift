import GRPCCore
import GRPCNIOTransportHTTP2

/// The question of `grpc.health.v1.Health/Check`.
enum GRPCHealth {
    private struct RawBytes: MessageSerializer, MessageDeserializer {
        func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

        func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
            bytes.withUnsafeBytes { [UInt8]($0) }
        }
    }

    /// The field `service`, number 1, a string; the answer's field `status`, number 1, is 1 for SERVING.
    private static func request(_ service: String) -> [UInt8] {
        let name = Array(service.utf8)
        return name.isEmpty ? [] : [0x0A, UInt8(min(name.count, 127))] + name.prefix(127)
    }

    static func check(_ host: String, _ port: Int, service: String, _ limit: Duration) async throws -> ActionOutcome {
        let transport = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: host, port: port), transportSecurity: .plaintext)
        var options = CallOptions.defaults
        options.waitForReady = false
        options.timeout = limit
        return try await withGRPCClient(transport: transport) { [options] client in
            try await client.unary(
                request: ClientRequest(message: request(service), metadata: ["user-agent": "kube-probe/1.20"]),
                descriptor: MethodDescriptor(fullyQualifiedService: "grpc.health.v1.Health", method: "Check"),
                serializer: RawBytes(), deserializer: RawBytes(), options: options
            ) { response in
                let message = try response.message
                return message.starts(with: [0x08, 0x01])
                    ? .success("") : .failure("service unhealthy (responded with \(message))")
            }
        }
    }
}
