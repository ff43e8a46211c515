import GRPCCore
import GRPCNIOTransportHTTP2
import NIOCore

/// One call of `osm.test.Echo/Say`.
struct GRPCCall: Sendable {
    private let endpoint: CallTarget.Endpoint
    private let headers: [HeaderField]
    private let message: String

    init(_ endpoint: CallTarget.Endpoint, headers: [HeaderField], message: String) {
        self.endpoint = endpoint
        self.headers = headers
        self.message = message
    }

    /// Makes the call.
    ///
    /// A status from the peer is an answer, whichever it is; its message is the body.
    ///
    /// - Throws: what kept the call from reaching a peer.
    func make() async throws -> CallResult {
        let transport = try HTTP2ClientTransport.Posix(target: target, transportSecurity: .plaintext)
        var metadata = Metadata()
        for header in headers { metadata.addString(header.value, forKey: header.name.lowercased()) }
        var options = CallOptions.defaults
        options.waitForReady = false
        let request = ClientRequest(message: Array(message.utf8), metadata: metadata)
        return try await withGRPCClient(transport: transport) { [options] client in
            try await client.unary(
                request: request, descriptor: EchoMethod.say, serializer: RawBytes(), deserializer: RawBytes(),
                options: options
            ) { try Self.result(of: $0) }
        }
    }

    private var target: any ResolvableTarget {
        guard (try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)) != nil else {
            return .dns(host: endpoint.host, port: endpoint.port)
        }
        return endpoint.host.contains(":")
            ? .ipv6(address: endpoint.host, port: endpoint.port) : .ipv4(address: endpoint.host, port: endpoint.port)
    }

    private static func result(of response: ClientResponse<[UInt8]>) throws -> CallResult {
        let headers = response.metadata.map { (name: $0.key, value: $0.value.encoded()) }
        do {
            return try CallResult(protocol: "grpc", status: .grpc("OK"), headers: headers, body: response.message)
        } catch let error as RPCError where error.cause == nil {
            return CallResult(
                protocol: "grpc", status: .grpc(error.code.name), headers: headers, body: Array(error.message.utf8))
        }
    }
}

extension RPCError.Code {
    /// The name that the gRPC specification gives the code.
    fileprivate var name: String {
        guard self != .internalError else { return "INTERNAL" }
        return description.reduce(into: "") { name, letter in
            name += letter.isUppercase ? "_\(letter)" : letter.uppercased()
        }
    }
}
