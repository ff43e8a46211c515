import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP port that takes spans of Zipkin, version 2 as JSON.
struct SpanListener: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    private let server: NIOAsyncChannel<Connection, Never>

    /// Listens; connections are served from `run` on.
    init(host: String, port: Int) async throws {
        server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// The port it listens on.
    var port: Int { server.channel.localAddress?.port ?? 0 }

    /// Serves until it is cancelled.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    // A client that went away is not this server's failure.
                    group.addTask { try? await Self.serve(connection) }
                }
            }
        }
    }

    private static func serve(_ connection: Connection) async throws {
        try await connection.executeThenClose { requests, output in
            var path = ""
            var body = ByteBuffer()
            for try await part in requests {
                switch part {
                case .head(let head): (path, body) = (head.uri, ByteBuffer())
                case .body(let bytes): body.writeImmutableBuffer(bytes)
                case .end:
                    let status = report(path, [UInt8](body.readableBytesView))
                    let head = HTTPResponseHead(
                        version: .http1_1, status: status, headers: ["content-length": "0"])
                    try await output.write(.head(head))
                    try await output.write(.end(nil))
                }
            }
        }
    }

    /// Writes the spans of a request, and says how it is answered.
    private static func report(_ path: String, _ body: [UInt8]) -> HTTPResponseStatus {
        do {
            for span in try JSONDecoder().decode([Span].self, from: Data(body)) {
                var attributes = span.tags ?? [:]
                attributes["path"] = path
                try JSONLine.write(
                    CollectedSpan(
                        format: "zipkin", trace: span.traceId, side: span.kind ?? "",
                        service: span.localEndpoint?.serviceName ?? "", attributes: attributes))
            }
            return .accepted
        } catch {
            return .badRequest
        }
    }

    /// A span as Zipkin's second version writes it.
    private struct Span: Decodable {
        struct Endpoint: Decodable { let serviceName: String? }

        let traceId: String
        let kind: String?
        let localEndpoint: Endpoint?
        let tags: [String: String]?
    }
}
