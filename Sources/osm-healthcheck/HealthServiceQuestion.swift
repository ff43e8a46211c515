import GRPCCore
import GRPCNIOTransportHTTP2

/// What gRPC's health service says.
///
/// Source: `grpc.health.v1.Health`, whose request holds the service's name in field 1 and whose response the status in
/// field 1, where 1 means that it serves.
struct HealthServiceQuestion {
    struct NotServing: Error, CustomStringConvertible {
        let status: UInt64
        var description: String { "the health service says \(status), not SERVING" }
    }

    let port: Int
    let service: String

    private struct Bytes: MessageSerializer, MessageDeserializer {
        func serialize<Output: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Output { Output(message) }
        func deserialize<Input: GRPCContiguousBytes>(_ bytes: Input) throws -> [UInt8] {
            bytes.withUnsafeBytes { Array($0) }
        }
    }

    private static let method = MethodDescriptor(fullyQualifiedService: "grpc.health.v1.Health", method: "Check")

    /// Asks.
    ///
    /// - Parameter timeout: In seconds.
    /// - Throws: Why it does not serve.
    func ask(timeout: Int64) async throws {
        let transport = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
        var options = CallOptions.defaults
        options.timeout = .seconds(timeout)
        // A server that is not there shall be told at once.
        options.waitForReady = false
        let message = request
        let limits = options
        try await withGRPCClient(transport: transport) { client in
            try await client.unary(
                request: ClientRequest(message: message), descriptor: Self.method, serializer: Bytes(),
                deserializer: Bytes(), options: limits
            ) { response in
                let status = try Self.status(in: response.message)
                guard status == 1 else { throw NotServing(status: status) }
            }
        }
    }

    private var request: [UInt8] {
        let name = Array(service.utf8.prefix(1 << 13))
        guard !name.isEmpty else { return [] }
        var length = name.count
        var bytes: [UInt8] = [0x0A]
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        return bytes + [UInt8(length)] + name
    }

    /// The status in a response; 0, which is unknown, without one.
    static func status(in message: [UInt8]) throws -> UInt64 {
        guard message.first == 0x08 else { return 0 }
        var status: UInt64 = 0
        for (index, byte) in message.dropFirst().prefix(9).enumerated() {
            status |= UInt64(byte & 0x7F) << (7 * UInt64(index))
            if byte & 0x80 == 0 { break }
        }
        return status
    }
}
