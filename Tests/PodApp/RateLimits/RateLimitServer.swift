import EnvoyAPI
import GRPCCore
import GRPCNIOTransportHTTP2
import SwiftProtobuf

/// A rate limit service: `envoy.service.ratelimit.v3.RateLimitService` over HTTP/2 without TLS.
struct RateLimitServer: Sendable {
    private let transport: HTTP2ServerTransport.Posix
    private let server: GRPCServer<HTTP2ServerTransport.Posix>

    /// Listens from `run` on.
    init(limits: [CountedLimit], host: String, port: Int) {
        transport = HTTP2ServerTransport.Posix(
            address: .ipv4(host: host, port: port), transportSecurity: .plaintext)
        server = GRPCServer(
            transport: transport, services: [RateLimitRPCService(counts: HitCounts(limits: limits))])
    }

    /// Serves until `stop`, then until all calls have ended.
    func run() async throws { try await server.serve() }

    /// Accepts no more calls.
    func stop() { server.beginGracefulShutdown() }

    /// The port it listens on, once it does.
    func port() async throws -> Int { try await transport.listeningAddress.ipv4?.port ?? 0 }
}

/// Counts, and reports each question and its answer as a line of JSON.
private struct RateLimitRPCService: RegistrableRPCService {
    /// A line of the output.
    private struct Question: Encodable {
        let domain: String
        /// `key=value,key=value`, one for each descriptor.
        let descriptors: [String]
        /// `OK` or `OVER_LIMIT`.
        let answer: String
    }

    private static let method = MethodDescriptor(
        fullyQualifiedService: "envoy.service.ratelimit.v3.RateLimitService", method: "ShouldRateLimit")

    let counts: HitCounts

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Self.method, deserializer: RawBytes(), serializer: RawBytes()
        ) { request, _ in
            StreamingServerResponse { writer in
                for try await message in request.messages { try await writer.write(answer(to: message)) }
                return [:]
            }
        }
    }

    private func answer(to message: [UInt8]) throws -> [UInt8] {
        let request = try Envoy_Service_Ratelimit_V3_RateLimitRequest(serializedBytes: message)
        var response = Envoy_Service_Ratelimit_V3_RateLimitResponse()
        // The protocol: 0 stands for 1.
        let hits = max(1, Int(request.hitsAddend))
        let descriptors = request.descriptors.map { $0.entries.map { (key: $0.key, value: $0.value) } }
        response.statuses = descriptors.map { descriptor in
            var status = Envoy_Service_Ratelimit_V3_RateLimitResponse.DescriptorStatus()
            status.code = .ok
            guard let verdict = counts.count(descriptor, in: request.domain, hits: hits) else { return status }
            status.code = verdict.isOver ? .overLimit : .ok
            status.currentLimit.requestsPerUnit = UInt32(verdict.limit.count)
            status.currentLimit.unit =
                switch verdict.limit.unit {
                case "second": .second
                case "minute": .minute
                default: .hour
                }
            status.limitRemaining = UInt32(verdict.remaining)
            status.durationUntilReset = Google_Protobuf_Duration(rounding: verdict.untilReset)
            return status
        }
        response.overallCode = response.statuses.contains { $0.code == .overLimit } ? .overLimit : .ok
        try JSONLine.write(
            Question(
                domain: request.domain,
                descriptors: descriptors.map { $0.map { "\($0.key)=\($0.value)" }.joined(separator: ",") },
                answer: response.overallCode == .ok ? "OK" : "OVER_LIMIT"))
        return try response.serializedBytes()
    }
}
