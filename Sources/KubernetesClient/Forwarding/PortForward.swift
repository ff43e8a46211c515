public import MeshModel
internal import NIOCore
internal import NIOPosix
internal import Synchronization

extension KubernetesClient {
    /// Makes a port of a pod reachable at this host's loopback address, as `kubectl port-forward` does.
    ///
    /// It goes through the API server over SPDY/3.1, which servers of all versions take; one connection there for each
    /// that is made here.
    ///
    /// - Parameters:
    ///   - port: The port in the pod, from 1 to 65535.
    ///   - pod: The pod; it must run.
    ///   - localPort: The port here; 0 for any free one.
    ///   - onFailure: Is told of each connection that failed.
    ///   - body: What is done meanwhile, with the port here; the forwarding ends with it.
    /// - Throws: ``KubernetesError`` if the port here is taken, or, in place of what `body` throws, if the server or
    ///   the node refused a connection; else what `body` throws.
    public func withForwarded<Value: Sendable>(
        _ port: Int, of pod: ObjectName, localPort: Int = 0,
        onFailure: @escaping @Sendable (KubernetesError) -> Void = { _ in }, _ body: (Int) async throws -> Value
    ) async throws -> Value {
        let listener: NIOAsyncChannel<ByteChannel, Never>
        do {
            listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .bind(host: "127.0.0.1", port: localPort) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try ByteChannel(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true))
                    }
                }
        } catch {
            throw KubernetesError(
                .configuration, "port \(localPort) of this host cannot be used: choose another", cause: error)
        }
        let failures = ForwardingFailures(onFailure)
        return try await listener.executeThenClose { accepted in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await withThrowingDiscardingTaskGroup { connections in
                        for try await local in accepted {
                            // One that fails was noted, and leaves the others alone.
                            connections.addTask { try? await self.forward(local, to: port, of: pod, failures) }
                        }
                    }
                }
                defer { group.cancelAll() }
                do {
                    return try await body(listener.channel.localAddress?.port ?? localPort)
                } catch {
                    // The client here only saw that its connection ended.
                    throw failures.first ?? error
                }
            }
        }
    }

    private func forward(
        _ local: ByteChannel, to port: Int, of pod: ObjectName, _ failures: ForwardingFailures
    ) async throws {
        let action = "port-forward \(pod):\(port)"
        try await local.executeThenClose { localInput, localOutput in
            do {
                let path = APIResource.pod.path(pod, subresource: "portforward")
                try await withUpgraded(path, streamProtocol: ForwardedConnection.streamProtocol) { input, output in
                    let here = ForwardedEnd(input: localInput, output: localOutput)
                    try await here.exchange(with: ForwardedEnd(input: input, output: output), port: port, action)
                }
            } catch {
                // Noted before the client here sees the end of its connection, and asks why.
                failures.note(KubernetesError(transport: error, action: action, server: access.server))
                throw error
            }
        }
    }
}

/// One end of a forwarded connection.
private struct ForwardedEnd: Sendable {
    /// How long the client here may take to read what is left when the pod has ended.
    private static let farewell = Duration.seconds(10)

    let input: NIOAsyncChannelInboundStream<ByteBuffer>
    let output: NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// Carries bytes between the client here and the pod, until the pod has ended and the client has all of it.
    ///
    /// - Parameters:
    ///   - server: The connection to the API server.
    ///   - port: The port in the pod.
    ///   - action: What messages call it.
    func exchange(with server: ForwardedEnd, port: Int, _ action: String) async throws {
        var connection = ForwardedConnection()
        try await server.output.write(connection.opening(port: port))
        let sender = connection
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for try await bytes in input { try await server.output.write(sender.sending(bytes)) }
                try await server.output.write(sender.ending())
            }
            guard try await receive(&connection, from: server, action) else { return }
            output.finish()
            // The client closes its connection when it has read all: closed from here, what is on its way would be lost.
            group.addTask { try await Task.sleep(for: Self.farewell) }
            _ = try? await group.next()
        }
    }

    /// Hands over what the pod sends.
    ///
    /// - Returns: Whether the client here took all of it.
    private func receive(
        _ connection: inout ForwardedConnection, from server: ForwardedEnd, _ action: String
    ) async throws -> Bool {
        for try await bytes in server.input {
            for event in connection.receive(bytes) {
                switch event {
                case .received(let bytes):
                    do {
                        try await output.write(bytes)
                    } catch {
                        // The client here has gone: nobody misses anything.
                        return false
                    }
                case .answer(let bytes): try await server.output.write(bytes)
                case .ended: return true
                case .failed(let words): throw KubernetesError(.unavailable, "\(action): \(words)")
                }
            }
        }
        return true
    }
}

/// The failures of forwarded connections.
private final class ForwardingFailures: Sendable {
    private let state = Mutex<KubernetesError?>(nil)
    private let told: @Sendable (KubernetesError) -> Void

    init(_ told: @escaping @Sendable (KubernetesError) -> Void) { self.told = told }

    /// `nil` as long as nothing failed.
    var first: KubernetesError? { state.withLock { $0 } }

    /// Notes a failure; to be stopped is none.
    func note(_ error: KubernetesError) {
        guard error.code != .cancelled, !Task.isCancelled else { return }
        state.withLock { $0 = $0 ?? error }
        told(error)
    }
}
