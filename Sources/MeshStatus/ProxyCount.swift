internal import MeshModel
internal import XDSCache

/// How many of the proxies that an object affects enforce it.
struct ProxyCount: Equatable {
    /// One that does not.
    struct Waiting: Equatable {
        let proxy: ProxyID
        let isConnected: Bool
        let since: Timestamp?
    }

    /// How many count.
    var total = 0
    /// Those that do not enforce it: sorted.
    var waiting: [Waiting] = []

    /// `12/12 proxies`, and which are missing.
    ///
    /// - Parameter now: Now; `nil` for words that stay true, such as in the status of an object.
    func message(at now: Timestamp?) -> String {
        let count = "\(total - waiting.count)/\(total) proxies"
        guard !waiting.isEmpty else { return count }
        var parts = waiting.prefix(Self.named).map { $0.description(at: now) }
        if waiting.count > Self.named { parts.append("and \(waiting.count - Self.named) more") }
        return "\(count): \(parts.joined(separator: ", "))"
    }

    /// As many are named in a message.
    private static let named = 3
}

extension ProxyCount.Waiting {
    fileprivate func description(at now: Timestamp?) -> String {
        guard !isConnected else { return "\(proxy) has not acknowledged it" }
        guard let since else { return "\(proxy) not connected" }
        guard let now else { return "\(proxy) not connected since \(since.rfc3339)" }
        return "\(proxy) not connected for \(Self.duration(now.seconds - since.seconds))"
    }

    private static func duration(_ seconds: Int64) -> String {
        switch max(0, seconds) {
        case let seconds where seconds < 120: "\(seconds) s"
        case let seconds where seconds < 7_200: "\(seconds / 60) min"
        case let seconds where seconds < 172_800: "\(seconds / 3_600) h"
        case let seconds: "\(seconds / 86_400) d"
        }
    }
}

/// What proxies have acknowledged and refuse, ordered for questions about objects.
struct ProxyStandings {
    /// The proxies that are behind some revision, or not connected: sorted.
    private let behind: [(proxy: ProxyID, progress: ProxyProgress)]
    /// Proxies that do not count: those that have not started, and those that are gone meanwhile.
    private let absent: Set<ProxyID>
    /// Since when proxies see what they see.
    private let viewRevisions: [ProxyID: Revision]
    /// What proxies refuse by itself, by the objects that shaped it: sorted by proxy, then resource.
    private let refusals: [ObjectKey: [(proxy: ProxyID, refusal: Refusal)]]

    init(_ table: StatusTable, _ progress: [ProxyID: ProxyProgress]) {
        var behind: [(proxy: ProxyID, progress: ProxyProgress)] = []
        var absent: Set<ProxyID> = []
        var refusals: [ObjectKey: [(proxy: ProxyID, refusal: Refusal)]] = [:]
        for proxy in table.audience.proxies where progress[proxy] == nil { absent.insert(proxy) }
        for (proxy, progress) in progress.sorted(by: { $0.key < $1.key }) {
            if !progress.isConnected, progress.since == nil, table.startingPods.contains(proxy.pod) {
                absent.insert(proxy)
            } else if progress.acknowledged < table.revision {
                behind.append((proxy, progress))
            }
            for refusal in progress.refusals where refusal.isAlone {
                for object in Set(refusal.origins.map(\.object)) {
                    refusals[object, default: []].append((proxy, refusal))
                }
            }
        }
        self.behind = behind
        viewRevisions = table.viewRevisions
        self.absent = absent
        self.refusals = refusals
    }

    /// How many of an object's proxies enforce it.
    func count(of row: StatusTable.Row, affecting proxies: Set<ProxyID>) -> ProxyCount {
        var count = ProxyCount(total: proxies.count - absent.count { proxies.contains($0) })
        for (proxy, progress) in behind {
            let isAffected = proxies.contains(proxy)
            let revision = isAffected ? max(row.revision, viewRevisions[proxy] ?? 0) : row.revision
            guard progress.acknowledged < revision else { continue }
            guard isAffected || row.former.contains(where: { $0.contains(proxy) }) else { continue }
            if !isAffected { count.total += 1 }
            count.waiting.append(.init(proxy: proxy, isConnected: progress.isConnected, since: progress.since))
        }
        return count
    }

    /// Which proxy refuses what of an object, in its own words; `nil` if none does.
    func refusal(of object: ObjectKey) -> String? {
        guard let all = refusals[object], let first = all.first else { return nil }
        let others = all.count > 1 ? " (and \(all.count - 1) more)" : ""
        return "\(first.proxy) refuses \(first.refusal.key): \(first.refusal.reason)\(others)"
    }
}
