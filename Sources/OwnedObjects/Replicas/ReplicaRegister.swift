internal import CertificateAuthority
internal import MeshModel
internal import XDSCache

/// What the leader knows of the other replicas; pure.
///
/// A replica is taken to live as long as its object changes: it renews it every few seconds, and the leader's own clock
/// counts, so that clocks need not agree. An object that has not changed since this leader began to look may be a dead
/// replica's, so it does not count yet. A replica of many proxies has further objects: those count while the first does, if
/// the same process wrote them.
struct ReplicaRegister: Sendable {
    private struct Replica {
        var resourceVersion: String
        var seen: Duration
        var hasChanged: Bool
        var proxies: [ProxyID: SnapshotCache.ConnectedProxy]
        var trust: ReplicaReport.Trust?
        var server: String?
        var run: String?
        var head: String?
    }

    private var replicas: [String: Replica] = [:]
    private let patience: Duration

    /// A register of nobody.
    ///
    /// - Parameter patience: How long an unchanged object counts.
    init(patience: Duration) { self.patience = patience }

    /// Takes up what the objects of the replicas say now.
    ///
    /// - Parameter objects: The replicas' names, the versions of their objects, and their texts.
    /// - Returns: The replicas whose texts cannot be read: they count for nothing.
    mutating func take(_ objects: [(name: String, resourceVersion: String, text: String)], at now: Duration) -> [String]
    {
        var unreadable: [String] = []
        let names = Set(objects.map(\.name))
        for name in replicas.keys where !names.contains(name) { replicas[name] = nil }
        for object in objects where replicas[object.name]?.resourceVersion != object.resourceVersion {
            guard let report = try? ReplicaReport(text: object.text) else {
                unreadable.append(object.name)
                replicas[object.name] = nil
                continue
            }
            replicas[object.name] = Replica(
                resourceVersion: object.resourceVersion, seen: now, hasChanged: replicas[object.name] != nil,
                proxies: report.connected, trust: report.trust, server: report.server, run: report.run,
                head: report.head)
        }
        return unreadable
    }

    /// The proxies that live replicas serve; one that two have has acknowledged only what both say.
    func proxies(at now: Duration) -> [ProxyID: SnapshotCache.ConnectedProxy] {
        var proxies: [ProxyID: SnapshotCache.ConnectedProxy] = [:]
        for replica in replicas.values where counts(replica, at: now) {
            proxies.merge(replica.proxies) { first, second in
                var both = first.since > second.since ? first : second
                if first.acknowledged != second.acknowledged { both.acknowledged = nil }
                if first.trust?.epoch ?? 0 > second.trust?.epoch ?? 0 { both.trust = second.trust }
                return both
            }
        }
        return proxies
    }

    /// What the replicas that live sign with, and the epochs that they follow; sorted by name.
    ///
    /// One of a former release does not tell: it follows none.
    func participants(at now: Duration) -> [TrustObservation.Participant] {
        heads(at: now).sorted { $0.key < $1.key }.map { name, replica in
            TrustObservation.Participant(
                name: name, epoch: replica.trust?.epoch ?? 0, issuer: replica.trust?.signer ?? "")
        }
    }

    /// The roots that signed what the servers of the replicas that live show, by the replicas' names.
    ///
    /// One of a former release does not tell.
    func servers(at now: Duration) -> [String: String?] {
        heads(at: now).mapValues(\.server)
    }

    /// The objects that have said nothing that counts for so long that they are in nobody's way but ours, sorted.
    func abandoned(at now: Duration) -> [String] {
        replicas.filter { $0.value.seen + patience * 20 <= now && !counts($0.value, at: now) }.keys.sorted()
    }

    /// The replicas that live, sorted.
    func names(at now: Duration) -> [String] {
        heads(at: now).keys.sorted()
    }

    private func heads(at now: Duration) -> [String: Replica] {
        replicas.filter { $0.value.head == nil && isAlive($0.value, at: now) }
    }

    private func counts(_ replica: Replica, at now: Duration) -> Bool {
        guard let name = replica.head else { return isAlive(replica, at: now) }
        guard let head = replicas[name], head.head == nil, head.run == replica.run else { return false }
        return isAlive(head, at: now)
    }

    private func isAlive(_ replica: Replica, at now: Duration) -> Bool {
        replica.hasChanged && replica.seen + patience > now
    }
}
