internal import KubernetesClient
internal import MeshModel
internal import XDSCache

/// Keeps in the cluster what this replica tells of its proxies.
struct ReplicaTeller {
    /// What an object says.
    private struct Told {
        var proxies: [ProxyID: SnapshotCache.ConnectedProxy]
        var place: ReplicaReport.Place
        var at: Duration
    }

    private let objects: ReplicaObjects
    /// Tells what this process wrote from what one before it did, which had the same name.
    private let run = String(UInt64.random(in: .min ... .max), radix: 36)
    private var parts = ReplicaParts()
    private var told: [Int: Told] = [:]
    /// What an earlier process may have left; `nil` before it was looked for.
    private var leftovers: Set<Int>?

    /// The first object says by this that the replica lives.
    private static let renewal = Duration.seconds(5)
    /// The others say nothing by it, but come back if somebody took them away.
    private static let restoration = Duration.seconds(60)

    init(_ objects: ReplicaObjects) { self.objects = objects }

    /// Tells of the proxies that are connected, as far as that differs from what was told.
    ///
    /// - Parameters:
    ///   - head: What the first object says beside them.
    ///   - now: By whatever clock.
    /// - Throws: ``KubernetesError``; what was not told is told the next time.
    mutating func tell(
        _ proxies: [ProxyID: SnapshotCache.ConnectedProxy], _ head: ReplicaReport.Place, at now: Duration
    ) async throws {
        try await look()
        let groups = parts.split(proxies)
        // From the last on: a proxy that gets into a new object is in both for a moment, and never in none.
        for (number, group) in groups.enumerated().reversed() {
            let place = number == 0 ? head : .part(ofHead: objects.head.name)
            let limit = number == 0 ? Self.renewal : Self.restoration
            if let told = told[number], told.proxies == group, told.place == place, now - told.at < limit { continue }
            try await objects.write(number, ReplicaReport(group, place, run: run).text())
            told[number] = Told(proxies: group, place: place, at: now)
            leftovers?.remove(number)
        }
        try await remove { $0 >= groups.count }
    }

    /// Takes away all that was told, since this replica leads now, or ends.
    mutating func withdraw() async throws {
        try await look()
        try await remove { _ in true }
    }

    private mutating func look() async throws {
        if leftovers == nil { leftovers = Set(try await objects.present()) }
    }

    private mutating func remove(_ isDue: (Int) -> Bool) async throws {
        for number in (leftovers ?? []).union(told.keys).filter(isDue).sorted() {
            try await objects.remove(number)
            told[number] = nil
            leftovers?.remove(number)
        }
    }
}
