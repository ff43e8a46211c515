import NIOCore
import NIOPosix
import Synchronization
import TestCluster

@testable import KubernetesClient

/// A TCP proxy before an API server whose connections can be cut.
final class CuttingProxy: Sendable {
    private let listener: any Channel
    private let connections: Connections
    /// Its URL.
    let server: String

    /// Starts a proxy to the API server of a cluster, hands it to the body, and ends it.
    static func with<Value>(
        to cluster: TestCluster, host: String = "127.0.0.1", _ body: (CuttingProxy) async throws -> Value
    ) async throws -> Value {
        let proxy = try await CuttingProxy(to: cluster, host)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(proxy))
        } catch {
            result = .failure(error)
        }
        try await proxy.close()
        return try result.get()
    }

    /// A proxy to the API server of a cluster, on a port of its own.
    private init(to cluster: TestCluster, _ ownHost: String) async throws {
        let target = try ServerAddress(cluster.server)
        let (host, port) = (target.host, target.port ?? 443)
        let connections = Connections()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { inbound in connections.accept(inbound, host, port) }
            .bind(host: ownHost, port: 0).get()
        server = "https://\(ownHost):\(channel.localAddress?.port ?? 0)"
        self.connections = connections
        listener = channel
    }

    /// How many connections were made through it.
    var accepted: Int { connections.accepted }

    /// Cuts all connections.
    func cut() async throws { try await connections.cut() }

    /// Cuts all connections and lets none through.
    func block() async throws {
        connections.setBlocked(true)
        try await connections.cut()
    }

    /// Lets connections through again.
    func unblock() { connections.setBlocked(false) }

    private func close() async throws {
        try await listener.close()
        try await connections.cut()
    }
}

/// The pairs of connections of a proxy.
private final class Connections: Sendable {
    private struct State {
        var inbound: [ObjectIdentifier: any Channel] = [:]
        var isBlocked = false
        var accepted = 0
    }

    private let state = Mutex(State())

    var accepted: Int { state.withLock { $0.accepted } }

    func setBlocked(_ isBlocked: Bool) { state.withLock { $0.isBlocked = isBlocked } }

    func cut() async throws {
        for channel in state.withLock({ Array($0.inbound.values) }) { try? await channel.close() }
    }

    func accept(_ inbound: any Channel, _ host: String, _ port: Int) -> EventLoopFuture<Void> {
        let isBlocked = state.withLock { state in
            if !state.isBlocked {
                state.accepted += 1
                state.inbound[ObjectIdentifier(inbound)] = inbound
            }
            return state.isBlocked
        }
        guard !isBlocked else { return inbound.close() }
        inbound.closeFuture.whenComplete { [self] _ in
            state.withLock { _ = $0.inbound.removeValue(forKey: ObjectIdentifier(inbound)) }
        }
        return ClientBootstrap(group: inbound.eventLoop)
            .channelInitializer { $0.pipeline.addHandler(Relay(to: inbound)) }
            .connect(host: host, port: port)
            .flatMap { outbound in inbound.pipeline.addHandler(Relay(to: outbound)) }
            .flatMap { inbound.setOption(.autoRead, value: true) }
    }
}

/// Hands on what one side sends to the other.
private final class Relay: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
