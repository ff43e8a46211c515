internal import MeshModel
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

extension KubernetesClient {
    /// A connection of bytes, in both directions.
    typealias ByteChannel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Opens a connection to the API server that changes over to SPDY/3.1, and hands it over.
    ///
    /// - Parameters:
    ///   - path: The path of what is asked for, such as a pod's `portforward`.
    ///   - streamProtocol: The version of what Kubernetes sends over it.
    ///   - body: What is done with the connection, which ends with it.
    /// - Throws: ``KubernetesError``, and what `body` throws.
    func withUpgraded<Value>(
        _ path: String, streamProtocol: String,
        _ body: (NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws ->
            Value
    ) async throws -> Value {
        let credential = try await credentials.credential()
        let address = try ServerAddress(access.server)
        let port = address.port ?? (address.scheme == "https" ? 443 : 80)
        let action = "POST \(path)"
        let name = access.tlsServerName ?? address.host
        var head = [
            "POST \(address.path)\(path) HTTP/1.1", "Host: \(name.contains(":") ? "[\(name)]" : name):\(port)",
            "User-Agent: osm", "Connection: Upgrade", "Upgrade: SPDY/3.1", "Content-Length: 0",
            "X-Stream-Protocol-Version: \(streamProtocol)",
        ]
        if let token = credential.token { head.append("Authorization: Bearer \(token)") }
        let request = head.joined(separator: "\r\n") + "\r\n\r\n"
        let tls =
            address.scheme == "https"
            ? try NIOSSLContext(
                configuration: HTTPTransport.tls(access, credential.certificate ?? access.clientCertificate)) : nil
        let timeout = TimeAmount(timing.answer)
        let channel: ByteChannel
        let upgrade: EventLoopFuture<Void>
        do {
            (channel, upgrade) = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(TimeAmount(timing.connect))
                .connect(host: address.host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls { try channel.pipeline.syncOperations.addHandler(Self.tlsHandler(tls, name: name)) }
                        let promise = channel.eventLoop.makePromise(of: Void.self)
                        try channel.pipeline.syncOperations.addHandler(
                            UpgradeHandler(request: request, action: action, timeout: timeout, promise: promise))
                        let wrapped = try ByteChannel(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: false))
                        return (wrapped, promise.futureResult)
                    }
                }
        } catch {
            throw KubernetesError(transport: error, action: action, server: access.server)
        }
        return try await channel.executeThenClose { input, output in
            do {
                try await withTaskCancellationHandler {
                    try await upgrade.get()
                } onCancel: {
                    // Whoever stops does not wait until the server answers.
                    channel.channel.close(promise: nil)
                }
            } catch let error as KubernetesError where error.code == .unauthorized {
                credentials.refused(credential)
                throw error
            }
            return try await body(input, output)
        }
    }

    private static func tlsHandler(_ context: NIOSSLContext, name: String) throws -> NIOSSLClientHandler {
        // Without a name the certificate is checked against the address itself.
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : name)
    }
}
