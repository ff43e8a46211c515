import EnvoyAPI
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import SwiftProtobuf

/// A proxy that asks for its certificate and the roots over real TLS, with the token that its pod was given.
struct BenchProxy: Sendable {
    typealias Request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest
    typealias Response = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse

    private struct Bytes: MessageSerializer, MessageDeserializer {
        func serialize<B: GRPCContiguousBytes>(_ message: [UInt8]) throws -> B { B(message) }
        func deserialize<B: GRPCContiguousBytes>(_ bytes: B) throws -> [UInt8] { bytes.withUnsafeBytes { Array($0) } }
    }

    private static let secret = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
    private static let names = ["roots", "workload"]

    private let token: String
    private let transport: HTTP2ClientTransport.Posix

    /// A proxy that has read its files, and has not connected yet; it connects once.
    init(token: String, authority: TLSConfig.CertificateSource, port: Int) throws {
        self.token = token
        transport = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: "127.0.0.1", port: port),
            transportSecurity: .tls { $0.trustRoots = .certificates([authority]) },
            config: .defaults { $0.http2.authority = "osm-controller.osm-system.svc" })
    }

    /// Connects, and stays connected until the task is cancelled.
    ///
    /// - Parameter onSecrets: Called once, when it has all that it asked for.
    func run(onSecrets: @escaping @Sendable () -> Void) async throws {
        var metadata = Metadata()
        metadata.addString("Bearer \(token)", forKey: "authorization")
        let (requests, send) = AsyncStream.makeStream(of: Request.self)
        let request = StreamingClientRequest<[UInt8]>(metadata: metadata) { writer in
            for await message in requests { try await writer.write(message.serializedBytes()) }
        }
        var first = Request()
        first.node.id = "bench"
        first.typeURL = Self.secret
        first.resourceNamesSubscribe = Self.names
        send.yield(first)
        try await withGRPCClient(transport: transport) { client in
            try await client.bidirectionalStreaming(
                request: request,
                descriptor: MethodDescriptor(
                    fullyQualifiedService: "envoy.service.discovery.v3.AggregatedDiscoveryService",
                    method: "DeltaAggregatedResources"),
                serializer: Bytes(), deserializer: Bytes(), options: .defaults
            ) { response in
                var arrived: Set<String> = []
                var isTold = false
                for try await bytes in response.messages {
                    let message = try Response(serializedBytes: bytes)
                    arrived.formUnion(message.resources.map(\.name))
                    var acknowledgement = Request()
                    acknowledgement.typeURL = message.typeURL
                    acknowledgement.responseNonce = message.nonce
                    send.yield(acknowledgement)
                    if !isTold, arrived.isSuperset(of: Self.names) {
                        isTold = true
                        onSecrets()
                    }
                }
            }
        }
    }
}
