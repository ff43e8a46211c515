internal import Glibc

/// A connection by hand, to send what no client sends.
public final class RawConnection: Sendable {
    /// Nobody listens at a port.
    public struct Refused: Error {
        /// The port.
        public let port: Int
    }

    private let socket: Int32

    /// Connects to a port of this host's IPv4 loopback.
    ///
    /// - Throws: `Refused` if nobody listens there.
    public init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Refused(port: port) }
    }

    deinit { close(socket) }

    /// Sends, as far as the other side is still there.
    public func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends, as far as the other side is still there.
    public func send(_ bytes: [UInt8]) { _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Takes what has come; `nil` once the other side has closed, else how many bytes.
    public func take() -> Int? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 { return count }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : nil
    }

    /// Takes all until the other side closes; how many bytes.
    public func takeAll() async throws -> Int {
        var total = 0
        while let count = take() {
            total += count
            if count == 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
        return total
    }
}
