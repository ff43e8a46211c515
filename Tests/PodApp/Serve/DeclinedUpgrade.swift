import NIOCore
import NIOHTTP1

/// Hides an upgrade that this server does not make, such as `Upgrade: h2c`, from NIO's upgrade handler.
///
/// That handler (swift-nio 2.101) loses the head of a request whose upgrade is declined, which then never gets an
/// answer. Only the first request of a connection reaches it, so this handler leaves with that request too.
final class DeclinedUpgrade: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private static let hidden = "x-declined-upgrade"

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), !head.isWebSocketUpgrade else {
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
            return
        }
        for value in head.headers["upgrade"] { head.headers.add(name: Self.hidden, value: value) }
        head.headers.remove(name: "upgrade")
        context.fireChannelRead(wrapInboundOut(.head(head)))
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    /// Puts back into `headers` what was hidden.
    static func restore(in headers: inout HTTPHeaders) {
        for value in headers[hidden] { headers.add(name: "upgrade", value: value) }
        headers.remove(name: hidden)
    }
}

extension HTTPRequestHead {
    /// Asks for a websocket where this application has one.
    var isWebSocketUpgrade: Bool {
        path == "/ws" && headers.contains(name: "sec-websocket-key")
            && headers["upgrade"].contains { $0.lowercased() == "websocket" }
    }
}
