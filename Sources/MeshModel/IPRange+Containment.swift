extension IPRange {
    /// The range spelled without bits beyond its prefix, so that two spellings of one range are equal.
    public var canonical: IPRange {
        var bytes = address.bytes
        for index in bytes.indices {
            let bits = min(8, max(0, prefixLength - 8 * index))
            bytes[index] &= bits == 0 ? 0 : UInt8.max << (8 - bits)
        }
        return IPRange(address: IPAddress(address.family, bytes), prefixLength: prefixLength)
    }

    /// Whether every address of the other range is one of this range.
    public func contains(_ other: IPRange) -> Bool {
        address.family == other.address.family && prefixLength <= other.prefixLength
            && IPRange(address: other.address, prefixLength: prefixLength).canonical == canonical
    }

    /// Whether an address is in the range.
    public func contains(_ member: IPAddress) -> Bool { contains(IPRange(only: member)) }

    /// The range of all addresses that differ from one in its last bits only.
    ///
    /// - Parameter bits: How many bits, at most those of an address.
    public init(around address: IPAddress, bits: Int) {
        let length = (address.family == .v4 ? 32 : 128) - bits
        self = IPRange(address: address, prefixLength: max(0, length)).canonical
    }

    private init(address: IPAddress, prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }
}
