import Foundation
import NIOCore
import NIOPosix

/// An API server with a control plane and a pod, which do to connections what a test says.
enum HostileServer {
    /// What becomes of a connection to a pod.
    enum Conduct: Sendable {
        /// It is not answered.
        case silent
        /// The server answers this and ends the connection.
        case refused(String)
        /// It is forwarded, and this is sent when a request has arrived, whose path is given; nothing for an empty answer.
        case forwarded(@Sendable (String) -> [UInt8])
    }

    /// The pod that is asked, in the namespace `shop`; the control plane is in `osm-system`, with one pod.
    static let pod = "web"

    /// Runs a command line on a server of its own.
    static func osm(_ arguments: [String], _ conduct: Conduct) async throws -> Transcript {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HostileConnection(conduct))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let path = FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString).kubeconfig")
        try Data(
            """
            current-context: x
            contexts: [{name: x, context: {cluster: x}}]
            clusters: [{name: x, cluster: {server: "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"}}]
            """.utf8
        ).write(to: path)
        let transcript = await Transcript.of(arguments + ["--request-timeout", "2s", "--kubeconfig", path.path])
        try await channel.close()
        try FileManager.default.removeItem(at: path)
        return transcript
    }

    /// Does something while a port of this host is taken.
    static func withPort<Value>(_ body: (Int) async throws -> Value) async throws -> Value {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let value = try await body(channel.localAddress?.port ?? 0)
        try await channel.close()
        return value
    }

    /// A frame of SPDY.
    static func frame(_ head: UInt32, flags: UInt32 = 0, length: Int? = nil, _ body: [UInt8] = []) -> [UInt8] {
        var buffer = ByteBuffer(integer: head)
        buffer.writeInteger(flags << 24 | UInt32(length ?? body.count))
        buffer.writeBytes(body)
        return Array(buffer.readableBytesView)
    }

    /// The frames of a whole answer of HTTP on the stream for data, and its end.
    static func answer(_ body: String, status: Int = 200) -> [UInt8] {
        let head = "HTTP/1.1 \(status) X\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return frame(3, Array((head + body).utf8)) + frame(3, flags: 1)
    }
}

private final class HostileConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let conduct: HostileServer.Conduct
    private var received = ""
    private var isForwarded = false

    init(_ conduct: HostileServer.Conduct) { self.conduct = conduct }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Frames hold the text of requests as it is.
        received += String(decoding: unwrapInboundIn(data).readableBytesView, as: UTF8.self)
        guard received.contains("\r\n\r\n"), let request = received.firstMatch(of: /(GET|POST) (\/\S*) HTTP/) else {
            return
        }
        let target = String(request.output.2)
        received = ""
        if isForwarded {
            if case .forwarded(let answer) = conduct { send(answer(target), context) }
        } else if target.hasSuffix("/portforward") {
            forward(context)
        } else {
            let (status, body) = Self.object(target)
            let head =
                "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            send(Array((head + body).utf8), context)
        }
    }

    private func forward(_ context: ChannelHandlerContext) {
        switch conduct {
        case .silent: break
        case .refused(let text):
            send(Array(text.utf8), context)
            context.close(promise: nil)
        case .forwarded:
            isForwarded = true
            send(
                Array("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n".utf8),
                context)
        }
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    /// What the API server has at a path.
    private static func object(_ target: String) -> (status: String, body: String) {
        func pod(_ namespace: String, _ name: String) -> String {
            """
            {"metadata": {"name": "\(name)", "namespace": "\(namespace)", "labels": {"app": "osm-controller", \
            "osm-proxy-uuid": "6c0bd3b2-c4b7-4d51-9d5c-2d8f8f0e8f5a", "openservicemesh.io/monitored-by": "osm"}}, \
            "spec": {"containers": [{"name": "envoy"}]}, "status": {"phase": "Running"}}
            """
        }
        switch target.prefix(while: { $0 != "?" }) {
        case "/api/v1/namespaces/shop/pods/web": return ("200 OK", pod("shop", "web"))
        case "/api/v1/namespaces/shop":
            return (
                "200 OK",
                #"{"metadata": {"name": "shop", "labels": {"openservicemesh.io/monitored-by": "osm"}}}"#
            )
        case "/api/v1/namespaces/osm-system/pods":
            return ("200 OK", #"{"metadata": {}, "items": [\#(pod("osm-system", "osm-controller-0"))]}"#)
        case "/apis/apps/v1/deployments":
            return (
                "200 OK",
                """
                {"metadata": {}, "items": [{"metadata": {"name": "osm-controller", "namespace": "osm-system", \
                "labels": {"app": "osm-controller", "meshName": "osm"}}}]}
                """
            )
        case "/api/v1/namespaces": return ("200 OK", #"{"metadata": {}, "items": []}"#)
        default:
            return ("404 Not Found", #"{"kind": "Status", "reason": "NotFound", "message": "not found", "code": 404}"#)
        }
    }
}
