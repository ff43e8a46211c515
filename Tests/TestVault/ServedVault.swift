import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// A vault that listens.
struct ServedVault: Sendable {
    let vault: StrictVault
    let port: Int
    /// Who is to be trusted with its certificate; nil where it speaks in clear.
    let authoritiesPEM: String?

    /// Starts a vault, hands it to the body, and ends it.
    static func with<Value>(
        _ authority: TestAuthority? = nil, hasTLS: Bool = false, host: String = "127.0.0.1", port: Int = 0,
        _ body: (ServedVault) async throws -> Value
    ) async throws -> Value {
        let vault = StrictVault(authority: try authority ?? TestAuthority("vault", hasIntermediate: true))
        var tls: NIOSSLContext?
        var trusted: String?
        if hasTLS {
            let server = try TestAuthority("server")
            let key = P256.Signing.PrivateKey()
            let address = GeneralName.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))
            let certificate = try server.issue(
                .init(names: [address], usages: [.serverAuth]), to: Certificate.PublicKey(key.publicKey))
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.pem.utf8))
            let privateKey = try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)
            tls = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey)))
            trusted = try server.root.pem
        }
        let context = tls
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(VaultHandler(vault))
                }
            }
            .bind(host: host, port: port).get()
        let served = ServedVault(vault: vault, port: channel.localAddress?.port ?? 0, authoritiesPEM: trusted)
        let result: Result<Value, any Error>
        do { result = .success(try await body(served)) } catch { result = .failure(error) }
        try await channel.close()
        return try result.get()
    }
}

private final class VaultHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let vault: StrictVault
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ vault: StrictVault) { self.vault = vault }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head else { return }
            let call = StrictVault.Call(
                method: head.method.rawValue, path: head.uri, token: head.headers.first(name: "x-vault-token"),
                body: body)
            send(vault.answer(call), vault.state.withLock { $0.fault }, context)
        }
    }

    private func send(_ answer: StrictVault.Answer, _ fault: StrictVault.Fault?, _ context: ChannelHandlerContext) {
        if case .silence = fault { return }
        var headers = HTTPHeaders(answer.headers)
        let isWhole: Bool
        switch fault {
        case .drip, .flood: isWhole = false
        case .cut:
            headers.add(name: "content-length", value: "\(answer.body.count + 100)")
            isWhole = false
        default:
            headers.add(name: "content-length", value: "\(answer.body.count)")
            isWhole = true
        }
        let status = HTTPResponseStatus(statusCode: answer.status)
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        switch fault {
        case .drip: drip(context)
        case .flood:
            let mebibyte = ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 20)
            for _ in 0..<2 { context.write(wrapOutboundOut(.body(.byteBuffer(mebibyte))), promise: nil) }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        default:
            context.writeAndFlush(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
            if isWhole {
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            } else {
                context.close(promise: nil)
            }
        }
    }

    private func drip(_ context: ChannelHandlerContext) {
        let channel = context.channel
        guard channel.isActive else { return }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: " ")))), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(50)) {
            let (handler, context) = bound.value
            handler.drip(context)
        }
    }
}
