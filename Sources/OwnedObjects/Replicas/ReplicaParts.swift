internal import XDSCache

/// Which of a replica's proxies are told of in which of its objects; pure.
///
/// An object holds 1 MiB at most, and is written as a whole: so there are several where there are many proxies, and a
/// proxy stays in its own, so that what one acknowledges is written with a part of the others only.
struct ReplicaParts: Sendable {
    /// How many objects there are: a power of two.
    private(set) var count = 1

    /// About so many proxies an object has at most: some 120 KB of them.
    private static let most = 1_000
    /// And so many at least where there are several, so that few more or less proxies change nothing.
    private static let least = most / 4
    /// However many proxies there are. (More than a quarter of a million would still find room.)
    private static let mostParts = 64

    /// Takes the proxies apart.
    mutating func split(
        _ proxies: [ProxyID: SnapshotCache.ConnectedProxy]
    ) -> [[ProxyID: SnapshotCache.ConnectedProxy]] {
        while proxies.count > count * Self.most, count < Self.mostParts { count *= 2 }
        while count > 1, proxies.count < count * Self.least { count /= 2 }
        guard count > 1 else { return [proxies] }
        var parts = Array(repeating: [ProxyID: SnapshotCache.ConnectedProxy](), count: count)
        for (id, proxy) in proxies { parts[Int(Self.hash(id) % UInt64(count))][id] = proxy }
        return parts
    }

    /// FNV-1a of the unique id: equal in every process.
    private static func hash(_ id: ProxyID) -> UInt64 {
        id.uid.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
