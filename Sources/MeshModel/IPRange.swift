/// A range of IP addresses in CIDR notation, such as `10.0.0.0/8` or `fd00::/8`.
///
/// Ordered by address, then length of the prefix.
public struct IPRange: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// An address of the range; bits beyond the prefix are allowed and mean nothing.
    public let address: IPAddress
    /// How many leading bits of the address all members share.
    public let prefixLength: Int

    /// The range that a text spells, or `nil` if it spells none; a bare address is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])),
            !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let length = Int(parts[1]), length <= (address.family == .v4 ? 32 : 128)
        else { return nil }
        self.address = address
        prefixLength = length
    }

    /// The range of one address.
    public init(only address: IPAddress) {
        self.address = address
        prefixLength = address.family == .v4 ? 32 : 128
    }

    /// `address/length`.
    public var description: String { "\(address)/\(prefixLength)" }

    /// Address first, then length of the prefix.
    public static func < (left: IPRange, right: IPRange) -> Bool {
        (left.address, left.prefixLength) < (right.address, right.prefixLength)
    }
}
