import NIOCore
import NIOHTTP1

/// A connection to the node's endpoint, once its first request has come.
enum KubeletConnection: Sendable {
    case requests(NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>)
    case streams(SPDYConnection, HTTPRequestHead)
}

/// The change of a connection's protocol to SPDY/3.1.
struct SPDYUpgrade: NIOTypedHTTPServerProtocolUpgrader {
    let supportedProtocol = "SPDY/3.1"
    let requiredUpgradeHeaders: [String] = []

    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        var headers = initialResponseHeaders
        let offered = upgradeRequest.headers[canonicalForm: "x-stream-protocol-version"].map(String.init)
        if let chosen = offered.contains("v4.channel.k8s.io") ? "v4.channel.k8s.io" : offered.first {
            headers.add(name: "x-stream-protocol-version", value: chosen)
        }
        return channel.eventLoop.makeSucceededFuture(headers)
    }

    func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<KubeletConnection> {
        channel.eventLoop.makeCompletedFuture {
            try .streams(
                SPDYConnection(channel: NIOAsyncChannel(wrappingChannelSynchronously: channel)), upgradeRequest)
        }
    }
}

/// Hides every other upgrade, such as one to websockets, so that it is answered as a request.
///
/// NIO's own handler (swift-nio 2.101) would lose the request. kubectl then falls back to SPDY.
final class OtherUpgrades: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        if case .head(var head) = part, !head.headers["upgrade"].contains("SPDY/3.1") {
            head.headers.remove(name: "upgrade")
            part = .head(head)
        }
        context.fireChannelRead(wrapInboundOut(part))
        // Only the first request of a connection reaches NIO's handler.
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
