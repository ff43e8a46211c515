import EnvoyAPI
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL
import SwiftProtobuf

/// A proxy that asks for its certificate and the roots over real TLS, with the token that its pod was given.
///
/// It is as light as it can be, since it runs on the machine of the controller that is measured: HTTP/2 without a library
/// for gRPC above it, and one TLS context for all proxies.
struct BenchProxy: Sendable {
    let token: String
    let port: Int
    let context: NIOSSLContext

    /// The name by which proxies know the controller.
    static let authority = "osm-controller.osm-system.svc"

    /// What all proxies know of TLS.
    static func context(rootsPEM: String) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(rootsPEM.utf8)))
        configuration.applicationProtocols = ["h2"]
        return try NIOSSLContext(configuration: configuration)
    }

    /// Connects, and stays connected until the process ends or the controller hangs up.
    ///
    /// - Parameter onEnd: Called once: with `nil` when it has all that it asked for, or else with why it has not.
    func connect(onEnd: @escaping @Sendable (String?) -> Void) {
        ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let tls = try NIOSSLClientHandler(context: context, serverHostname: Self.authority)
                let handlers = channel.pipeline.syncOperations
                try handlers.addHandler(tls)
                let streams = try handlers.configureHTTP2Pipeline(
                    mode: .client, connectionConfiguration: .init(), streamConfiguration: .init()
                ) { $0.close() }
                streams.createStreamChannel { stream in
                    stream.eventLoop.makeCompletedFuture {
                        try stream.pipeline.syncOperations.addHandler(BenchStream(token, onEnd))
                    }
                }.whenFailure { onEnd("\($0)") }
            }
        }.connect(host: "127.0.0.1", port: port).whenFailure { onEnd("\($0)") }
    }
}

/// The stream of a proxy.
private final class BenchStream: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload
    typealias Request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest
    typealias Response = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse

    private static let secret = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
    private static let names = ["roots", "workload"]
    private static let path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"

    private let token: String
    private let onEnd: @Sendable (String?) -> Void
    private var isTold = false
    private var received = ByteBuffer()
    private var arrived: Set<String> = []

    init(_ token: String, _ onEnd: @escaping @Sendable (String?) -> Void) {
        self.token = token
        self.onEnd = onEnd
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "https", ":path": Self.path, ":authority": BenchProxy.authority,
            "content-type": "application/grpc", "te": "trailers", "authorization": "Bearer \(token)",
        ]
        context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
        var request = Request()
        request.node.id = "bench"
        request.typeURL = Self.secret
        request.resourceNamesSubscribe = Self.names
        send(request, context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .data(let data):
            guard case .byteBuffer(var bytes) = data.data else { return }
            received.writeBuffer(&bytes)
            while let message = nextMessage() { take(message, context) }
        case .headers(let frame):
            guard let status = frame.headers.first(name: "grpc-status") else { return }
            tell("grpc-status \(status): \(frame.headers.first(name: "grpc-message") ?? "")")
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) { tell("the stream was closed") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { tell("\(error)") }

    /// A whole message of gRPC: a byte for its compression, its length, and itself.
    private func nextMessage() -> [UInt8]? {
        guard received.readableBytes >= 5,
            let length = received.getInteger(at: received.readerIndex + 1, as: UInt32.self),
            received.readableBytes >= 5 + Int(length)
        else { return nil }
        received.moveReaderIndex(forwardBy: 5)
        return received.readBytes(length: Int(length))
    }

    private func take(_ message: [UInt8], _ context: ChannelHandlerContext) {
        guard let response = try? Response(serializedBytes: message) else { return tell("no response of xDS") }
        arrived.formUnion(response.resources.map(\.name))
        var acknowledgement = Request()
        acknowledgement.typeURL = response.typeURL
        acknowledgement.responseNonce = response.nonce
        send(acknowledgement, context)
        if arrived.isSuperset(of: Self.names) { tell(nil) }
    }

    private func send(_ request: Request, _ context: ChannelHandlerContext) {
        guard let bytes: [UInt8] = try? request.serializedBytes() else { return tell("the request cannot be written") }
        var buffer = context.channel.allocator.buffer(capacity: bytes.count + 5)
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(bytes.count))
        buffer.writeBytes(bytes)
        context.writeAndFlush(wrapOutboundOut(.data(.init(data: .byteBuffer(buffer)))), promise: nil)
    }

    private func tell(_ end: String?) {
        guard !isTold else { return }
        isTold = true
        onEnd(end)
    }
}
