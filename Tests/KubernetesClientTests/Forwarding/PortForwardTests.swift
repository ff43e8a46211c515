import AsyncHTTPClient
import Logging
import MeshModel
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import KubernetesClient

@Suite("A port forwarded to a pod")
struct PortForwardTests {
    private static let pod = ObjectName(namespace: "shop", name: "web")

    /// A client whose server answers every stream for data with what it gets, under a head of HTTP, and then ends it.
    private static func withEcho(_ body: (KubernetesClient) async throws -> Void) async throws {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoingNode())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let access = ClusterAccess(
            server: "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/prefix", credential: .token("secret"))
        let client = try KubernetesClient(access, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await body(client)
        try await client.shutdown()
        try await channel.close()
    }

    @Test("carries requests and answers, one connection for each, until the body has ended")
    func echo() async throws {
        try await Self.withEcho { client in
            let port = try await client.withForwarded(15000, of: Self.pod) { port in
                for text in ["one", String(repeating: "many ", count: 100_000)] {
                    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/x")
                    request.method = .POST
                    request.headers.add(name: "connection", value: "close")
                    request.body = .bytes(ByteBuffer(string: text))
                    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                    let answer = String(buffer: try await response.body.collect(upTo: 1 << 24))
                    let head = answer.prefix { $0 != "|" }
                    #expect(head == "POST /prefix/api/v1/namespaces/shop/pods/web/portforward HTTP/1.1")
                    #expect(answer.contains("|Authorization: Bearer secret|"))
                    #expect(answer.contains("|Upgrade: SPDY/3.1|"))
                    #expect(answer.hasSuffix(text))
                }
                return port
            }
            // Nobody listens any more.
            await #expect(throws: (any Error).self) {
                let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/x")
                _ = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
            }
        }
    }

    @Test("hands over all of a long answer to a client that reads late")
    func late() async throws {
        try await Self.withEcho { client in
            try await client.withForwarded(15000, of: Self.pod) { port in
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/large")
                request.headers.add(name: "connection", value: "close")
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                // By then the node has sent all, and ended.
                try await Task.sleep(for: .seconds(1))
                var count = 0
                for try await part in response.body { count += part.readableBytes }
                #expect(count == EchoingNode.largeAnswer)
            }
        }
    }

    @Test("ends at once while the server has not answered", .timeLimit(.minutes(1)))
    func stopped() async throws {
        let silent = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let access = ClusterAccess(
            server: "http://127.0.0.1:\(silent.localAddress?.port ?? 0)", credential: .token("secret"))
        let client = try KubernetesClient(
            access, timing: TransportTiming(answer: .seconds(600)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await #expect(throws: CancellationError.self) {
            try await client.withForwarded(15000, of: Self.pod) { port in
                _ = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .connect(host: "127.0.0.1", port: port).get()
                try await Task.sleep(for: .milliseconds(200))
                throw CancellationError()
            }
        }
        try await client.shutdown()
        try await silent.close()
    }

    @Test("tells why the server refuses it, whatever the client here saw")
    func refused() async throws {
        let status =
            #"{"kind":"Status","status":"Failure","message":"pods is forbidden","reason":"Forbidden","code":403}"#
        try await ScriptedServer.withClient({ _, _ in .json(status, .forbidden) }) { _, client in
            let error = await #expect(throws: KubernetesError.self) {
                try await client.withForwarded(15000, of: Self.pod) { port in
                    _ = try await HTTPClient.shared.execute(
                        HTTPClientRequest(url: "http://127.0.0.1:\(port)/"), timeout: .seconds(60))
                }
            }
            #expect(error?.code == .forbidden)
            #expect(error?.message.contains("pods is forbidden") == true)
        }
    }

    @Test("says that the port of this host is taken")
    func taken() async throws {
        try await Self.withEcho { client in
            try await client.withForwarded(15000, of: Self.pod) { port in
                let error = await #expect(throws: KubernetesError.self) {
                    try await client.withForwarded(15000, of: Self.pod, localPort: port) { _ in }
                }
                #expect(error?.message.contains("port \(port) of this host cannot be used") == true)
            }
        }
    }
}

/// An API server with a node behind it, as far as one connection to a pod needs them.
private final class EchoingNode: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The bytes of the answer to `GET /large`: more than the buffers of sockets hold.
    static let largeAnswer = 32 << 20

    private var pending = ByteBuffer()
    private var head: String?
    private var text = ""

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pending.writeImmutableBuffer(unwrapInboundIn(data))
        if head == nil {
            let received = String(buffer: pending)
            guard let end = received.firstRange(of: "\r\n\r\n") else { return }
            head = received[..<end.lowerBound].split(separator: "\r\n").joined(separator: "|") + "|"
            pending.moveReaderIndex(forwardBy: received[..<end.upperBound].utf8.count)
            let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
        while let frame = SPDYFrame(&pending) {
            guard case .data(3, _, let bytes) = frame else { continue }
            text += String(buffer: bytes)
            if isComplete { answer(context) }
        }
    }

    /// Whether the whole request of HTTP is there: its head tells the length of its body.
    private var isComplete: Bool {
        guard let answer = AnswerHead(Array(text.utf8)) else { return false }
        return text.utf8.count == answer.length + (answer.contentLength ?? 0)
    }

    private func answer(_ context: ChannelHandlerContext) {
        let bytes = Array(text.utf8)
        let isLarge = text.hasPrefix("GET /large ")
        let body =
            isLarge
            ? Array(repeating: UInt8(ascii: "x"), count: Self.largeAnswer)
            : Array((head ?? "").utf8) + bytes.dropFirst(AnswerHead(bytes)?.length ?? 0)
        let answer = Array("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
        let writer = SPDYWriter()
        // In several frames, as they come through a network.
        for start in stride(from: 0, to: answer.count, by: 10_000) {
            let part = ByteBuffer(bytes: answer[start..<min(start + 10_000, answer.count)])
            context.write(wrapOutboundOut(writer.data(stream: 3, part)), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(writer.end(stream: 3)), promise: nil)
    }
}
