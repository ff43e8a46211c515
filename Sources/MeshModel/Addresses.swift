internal import Glibc

/// An IPv4 or IPv6 address in canonical form, so that two spellings of one address are equal.
///
/// Ordered by family, IPv4 first, then by the bytes of the address.
public struct IPAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The two families of addresses.
    public enum Family: Int, Hashable, Comparable, Sendable {
        case v4 = 4
        case v6 = 6

        /// IPv4 first.
        public static func < (left: Family, right: Family) -> Bool { left.rawValue < right.rawValue }
    }

    /// The family of the address.
    public let family: Family
    /// The address in canonical text, such as `10.0.0.1` or `fd00::1`.
    public let description: String
    /// The address as a number, the most significant half first.
    ///
    /// An array would be another piece of memory for each of many addresses, and slow to compare and to hash.
    private let high: UInt64
    private let low: UInt64

    /// The address that a text spells, or `nil` if it spells none.
    public init?(_ text: String) {
        // The C functions would stop reading there.
        guard !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(.v4, withUnsafeBytes(of: &four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(.v6, withUnsafeBytes(of: &six) { Array($0) })
        } else {
            return nil
        }
    }

    /// The address of these bytes, the most significant first: 4 or 16 by the family.
    init(_ family: Family, _ bytes: [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isWritten = bytes.withUnsafeBytes { source in
            buffer.withUnsafeMutableBytes { target in
                inet_ntop(
                    family == .v4 ? AF_INET : AF_INET6, source.baseAddress,
                    target.bindMemory(to: CChar.self).baseAddress, socklen_t(INET6_ADDRSTRLEN)) != nil
            }
        }
        // It fails for an unknown family or too short a buffer only.
        precondition(isWritten, "an address has a spelling")
        self.family = family
        high = bytes.dropLast(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
        description = String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The 4 or 16 bytes of the address, the most significant first.
    public var bytes: [UInt8] {
        let all = [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
        }
        return family == .v4 ? Array(all.suffix(4)) : all
    }

    /// Whether both have the same family and bytes, and so the same text.
    public static func == (left: IPAddress, right: IPAddress) -> Bool {
        left.low == right.low && left.high == right.high && left.family == right.family
    }

    /// By what makes addresses equal.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(family)
        hasher.combine(high)
        hasher.combine(low)
    }

    /// Family first, then the bytes.
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.family.rawValue, left.high, left.low) < (right.family.rawValue, right.high, right.low)
    }
}

/// An IP address and a port.
///
/// Ordered by address, then port.
public struct SocketAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The IP address.
    public let ip: IPAddress
    /// The port.
    public let port: UInt16

    /// A port at an address.
    public init(ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    /// `10.0.0.1:80` or `[fd00::1]:80`.
    public var description: String { ip.family == .v4 ? "\(ip):\(port)" : "[\(ip)]:\(port)" }

    /// Address first, then port.
    public static func < (left: SocketAddress, right: SocketAddress) -> Bool {
        (left.ip, left.port) < (right.ip, right.port)
    }
}
