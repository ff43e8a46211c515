import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import KubernetesClient

/// An HTTP server that answers as a test says, for what a healthy API server does not do on demand.
final class ScriptedServer: Sendable {
    /// A request as it came.
    struct Request: Sendable {
        let method: HTTPMethod
        let path: String
        /// The parameters, decoded as far as tests need it.
        let query: [String: String]
        let headers: HTTPHeaders
        let body: String

        var isWatch: Bool { query["watch"] == "true" }
    }

    /// What is sent back.
    struct Answer: Sendable {
        enum Ending: Sendable {
            /// The answer ends as it should.
            case complete
            /// The connection is closed in the middle.
            case cut
            /// Nothing more comes, and the connection stays.
            case stall
        }

        var status: HTTPResponseStatus = .ok
        var headers: HTTPHeaders = [:]
        /// The parts of the body, each sent on its own.
        var parts: [String] = []
        var ending = Ending.complete

        static func json(_ text: String, _ status: HTTPResponseStatus = .ok) -> Answer {
            Answer(status: status, parts: [text])
        }
    }

    private let script: Mutex<@Sendable (Request, Int) -> Answer>
    private let heard = Mutex<[Request]>([])
    private let channel: Mutex<(any Channel)?> = Mutex(nil)
    private let port = Mutex(0)

    private init(_ script: @escaping @Sendable (Request, Int) -> Answer) { self.script = Mutex(script) }

    /// Starts a server, hands it to the body, and ends it.
    ///
    /// - Parameters:
    ///   - script: The answer to each request; the number counts those before it with the same method and path, of
    ///     watches or of others.
    ///   - body: What to do meanwhile.
    static func with<Value>(
        _ script: @escaping @Sendable (Request, Int) -> Answer, _ body: (ScriptedServer) async throws -> Value
    ) async throws -> Value {
        let server = ScriptedServer(script)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ScriptedHandler(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.port.withLock { $0 = channel.localAddress?.port ?? 0 }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        try await channel.close()
        return try result.get()
    }

    /// Starts a server and hands a client of it to the body.
    static func withClient<Value>(
        timing: TransportTiming = TransportTiming(), _ script: @escaping @Sendable (Request, Int) -> Answer,
        _ body: (ScriptedServer, KubernetesClient) async throws -> Value
    ) async throws -> Value {
        try await with(script) { server in
            try await withKubernetesClient(server.access, timing: timing) { try await body(server, $0) }
        }
    }

    var access: ClusterAccess { ClusterAccess(server: "http://127.0.0.1:\(port.withLock { $0 })") }

    /// The requests so far, in order.
    var requests: [Request] { heard.withLock { $0 } }

    func answer(_ request: Request) -> Answer {
        let before = heard.withLock { heard in
            defer { heard.append(request) }
            return heard.count {
                $0.method == request.method && $0.path == request.path && $0.isWatch == request.isWatch
            }
        }
        return script.withLock { $0 }(request, before)
    }
}

private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ScriptedServer
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ server: ScriptedServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head else { return }
            let parts = head.uri.split(separator: "?", maxSplits: 1)
            let pairs = parts.count < 2 ? [] : parts[1].split(separator: "&")
            let query = pairs.map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(sides[0]), sides.count > 1 ? String(sides[1]) : "")
            }
            let request = ScriptedServer.Request(
                method: head.method, path: String(parts[0]), query: Dictionary(query) { $1 }, headers: head.headers,
                body: body)
            send(server.answer(request), context)
        }
    }

    private func send(_ answer: ScriptedServer.Answer, _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        for part in answer.parts {
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: part)))), promise: nil)
        }
        switch answer.ending {
        case .complete: context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .cut:
            // A client forgets what it has not read yet when its connection breaks.
            let channel = context.channel
            let patience = answer.parts.isEmpty ? TimeAmount.zero : .milliseconds(500)
            channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        case .stall: break
        }
    }
}
