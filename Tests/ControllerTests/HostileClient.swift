import EnvoyAPI
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import SwiftProtobuf

@testable import XDSServer

/// A client of the xDS port that sends whatever it likes, on a connection of its own.
struct HostileClient: Sendable {
    typealias Writer = RPCWriter<[UInt8]>
    typealias Messages = RPCAsyncSequence<[UInt8], any Error>

    let port: Int
    let rootsPEM: String
    /// The value of the header `authorization`; `nil` for none.
    var authorization: String?

    init(port: Int, rootsPEM: String, token: String?) {
        self.port = port
        self.rootsPEM = rootsPEM
        authorization = token.map { "Bearer \($0)" }
    }

    /// Opens a stream and stays until one of the two sides ends.
    func stream(
        _ send: @escaping @Sendable (Writer) async throws -> Void,
        receive: @escaping @Sendable (Messages) async throws -> Void = { for try await _ in $0 {} }
    ) async throws {
        let transport = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: "127.0.0.1", port: port),
            transportSecurity: .tls {
                $0.trustRoots = .certificates([.bytes(Array(rootsPEM.utf8), format: .pem)])
            },
            config: .defaults {
                $0.http2.authority = "osm-controller.osm-system.svc"
                // Who reads nothing is sent no more than this.
                $0.http2.targetWindowSize = 1 << 16
            })
        var metadata = Metadata()
        if let authorization { metadata.addString(authorization, forKey: "authorization") }
        let request = StreamingClientRequest<[UInt8]>(metadata: metadata, producer: send)
        try await withGRPCClient(transport: transport) { client in
            try await client.bidirectionalStreaming(
                request: request,
                descriptor: MethodDescriptor(
                    fullyQualifiedService: "envoy.service.discovery.v3.AggregatedDiscoveryService",
                    method: "DeltaAggregatedResources"),
                serializer: RawBytes(), deserializer: RawBytes(), options: .defaults
            ) { response in try await receive(response.messages) }
        }
    }

    /// The status with which the server ends a stream on which this is sent, and nothing more; `nil` if it is good.
    func status(_ send: @escaping @Sendable (Writer) async throws -> Void = { _ in }) async throws -> RPCError.Code? {
        do {
            try await stream { writer in
                try await send(writer)
                // The stream stays open from this side, as Envoy's does.
                try await Task.sleep(for: .seconds(600))
            }
            return nil
        } catch let error as RPCError {
            return error.code
        }
    }

    /// A request as it goes over the wire.
    static func request(_ type: String, _ names: [String] = [], nonce: String = "") throws -> [UInt8] {
        var request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest()
        request.typeURL = type
        request.resourceNamesSubscribe = names
        request.responseNonce = nonce
        return try request.serializedBytes()
    }
}

/// What the process has of the machine's memory.
enum ResidentMemory {
    /// In bytes; of another process by its number.
    static func bytes(of process: String = "self") throws -> Int {
        let fields = try String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { throw CocoaError(.fileReadCorruptFile) }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
