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
    ///   - body: What is done meanwhile, with the port here; the forwarding ends with it.
    /// - Throws: ``KubernetesError`` if the port here is taken, or, in place of what `body` throws, if the server or
    ///   the node refused a connection; else what `body` throws.
    public func withForwarded<Value: Sendable>(
        _ port: Int, of pod: ObjectName, localPort: Int = 0, _ body: (Int) async throws -> Value
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
        let failure = FirstFailure()
        return try await listener.executeThenClose { accepted in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await withThrowingDiscardingTaskGroup { connections in
                        for try await local in accepted {
                            connections.addTask {
                                do {
                                    try await self.forward(local, to: port, of: pod)
                                } catch {
                                    let error = KubernetesError(
                                        transport: error, action: "port-forward \(pod):\(port)",
                                        server: self.access.server)
                                    failure.note(error)
                                }
                            }
                        }
                    }
                }
                defer { group.cancelAll() }
                do {
                    return try await body(listener.channel.localAddress?.port ?? localPort)
                } catch {
                    // The client here only saw that its connection ended.
                    throw failure.value ?? error
                }
            }
        }
    }

    private func forward(_ local: ByteChannel, to port: Int, of pod: ObjectName) async throws {
        let path = APIResource.pod.path(pod, subresource: "portforward")
        try await local.executeThenClose { localInput, localOutput in
            try await withUpgraded(path, streamProtocol: ForwardedConnection.streamProtocol) { input, output in
                var connection = ForwardedConnection()
                try await output.write(connection.opening(port: port))
                let sender = connection
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for try await bytes in localInput { try await output.write(sender.sending(bytes)) }
                        try await output.write(sender.ending())
                    }
                    defer { group.cancelAll() }
                    for try await bytes in input {
                        for event in connection.receive(bytes) {
                            switch event {
                            case .received(let bytes): try await localOutput.write(bytes)
                            case .answer(let bytes): try await output.write(bytes)
                            case .ended: return
                            case .failed(let words):
                                throw KubernetesError(.unavailable, "port-forward \(pod):\(port): \(words)")
                            }
                        }
                    }
                }
            }
            localOutput.finish()
        }
    }
}

/// The first of several failures.
private final class FirstFailure: Sendable {
    private let first = Mutex<KubernetesError?>(nil)

    /// `nil` as long as nothing failed.
    var value: KubernetesError? { first.withLock { $0 } }

    func note(_ error: KubernetesError) { first.withLock { $0 = $0 ?? error } }
}
