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
        // A `sockaddr_in`: the family as the machine has numbers, then port and address as the network has them.
        let family = withUnsafeBytes(of: sa_family_t(AF_INET)) { Array($0) }
        let address =
            family + [UInt8(port >> 8 & 255), UInt8(port & 255), 127, 0, 0, 1] + [UInt8](repeating: 0, count: 8)
        let result = address.withUnsafeBytes { bytes in
            bytes.baseAddress.map {
                Glibc.connect(socket, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
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
