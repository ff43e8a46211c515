import Foundation
import NIOCore
import NIOPosix

/// Connections to what listens on a pod's loopback interface.
enum PodSocket {
    /// Connects to a port of a pod's 127.0.0.1.
    ///
    /// - Parameter network: The file of the pod's network namespace; `nil` for the node's own.
    static func connect(network: String?, port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let opened = OneShot<Result<CInt, RigError>>()
        // A thread of its own: the namespace of a socket is that of the thread that makes it.
        Thread.detachNewThread { opened.set(Result { () throws(RigError) in try open(network, port) }) }
        let socket = try await opened.wait().get()
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .withConnectedSocket(socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
    }

    private static func open(_ network: String?, _ port: Int) throws(RigError) -> CInt {
        if let network { try enter(network) }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let reason = String(cString: strerror(errno))
            close(socket)
            throw RigError("failed to connect to localhost:\(port) inside namespace: \(reason)")
        }
        return socket
    }

    /// The C library's `setns`, which its Swift module does not show.
    private static func enter(_ network: String) throws(RigError) {
        typealias SetNamespace = @convention(c) (CInt, CInt) -> CInt
        guard let symbol = dlsym(nil, "setns") else { throw RigError("the C library has no setns") }
        let setNamespace = unsafeBitCast(symbol, to: SetNamespace.self)
        let file = Glibc.open(network, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw RigError("there is no \(network)") }
        defer { close(file) }
        // CLONE_NEWNET of <sched.h>.
        guard setNamespace(file, 0x4000_0000) == 0 else { throw RigError("\(network): errno \(errno)") }
    }
}
