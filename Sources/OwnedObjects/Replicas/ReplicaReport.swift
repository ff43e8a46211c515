internal import FoundationEssentials
internal import MeshModel
internal import MeshStatus
internal import XDSCache

/// What a replica tells the leader of the proxies that are connected to it: the text of a ConfigMap.
struct ReplicaReport: Codable, Equatable, Sendable {
    /// A proxy.
    struct Proxy: Codable, Equatable, Sendable {
        /// `namespace/name`.
        let pod: String
        let uid: String
        /// Seconds since 1970.
        let since: Int64
        /// The digest of the view that it has acknowledged in whole; absent while it is behind.
        let view: String?
        /// What it refuses, as indexes of ``ReplicaReport/refusals``; absent if nothing.
        let refuses: [Int]?
        /// The last epoch of the roots of which it has acknowledged everything; absent where the replica does not tell.
        let epoch: Int64?
        /// The root that signed its certificate; absent if it has none.
        let issuer: String?
        /// The root by which it knew the server when it connected; absent where the replica does not tell.
        let server: String?
    }

    /// What the replica itself does.
    struct Trust: Codable, Equatable, Sendable {
        /// The epoch of the roots that it follows.
        let epoch: Int64
        /// The root that signs what it issues.
        let signer: String
    }

    /// A resource that a proxy refuses.
    struct Refused: Codable, Equatable, Sendable {
        let type: String
        let name: String
        let variant: String
        let version: String
        let reason: String
        let isAlone: Bool
        let origins: [Source]
    }

    /// An object that shaped a refused resource.
    struct Source: Codable, Equatable, Sendable {
        let kind: String
        let namespace: String
        let name: String
        let generation: Int64
    }

    /// Sorted by namespace and name.
    let proxies: [Proxy]
    /// Each once, however many proxies say it; sorted by type and name.
    let refusals: [Refused]
    /// What the replica itself does; absent in the report of a replica of a former release.
    let trust: Trust?
    /// The root that signed what the replica's servers show; absent in the report of a replica of a former release.
    let server: String?

    /// Of a proxy's words so many characters are told.
    private static let longestReason = 500

    init(_ proxies: [ProxyID: SnapshotCache.ConnectedProxy], trust: Trust? = nil, server: String? = nil) {
        self.trust = trust
        self.server = server
        let words = Set(proxies.values.flatMap(\.refusals)).sorted {
            ($0.key, $0.version, $0.reason) < ($1.key, $1.version, $1.reason)
        }
        let indexes = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($0.element, $0.offset) })
        refusals = words.map { Refused($0, longest: Self.longestReason) }
        self.proxies = proxies.sorted { $0.key < $1.key }.map { id, proxy in
            Proxy(
                pod: id.pod.description, uid: id.uid, since: proxy.since.seconds,
                view: proxy.acknowledged?.description,
                refuses: proxy.refusals.isEmpty ? nil : proxy.refusals.compactMap { indexes[$0] },
                epoch: proxy.trust?.epoch, issuer: proxy.trust?.issuer, server: proxy.serverRoot)
        }
    }

    /// The proxies; of several of one pod the one that says least.
    var connected: [ProxyID: SnapshotCache.ConnectedProxy] {
        let known = refusals.map(\.refusal)
        let all = proxies.compactMap { proxy -> (ProxyID, SnapshotCache.ConnectedProxy)? in
            let parts = proxy.pod.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            return (
                ProxyID(pod: ObjectName(namespace: parts[0], name: parts[1]), uid: proxy.uid),
                SnapshotCache.ConnectedProxy(
                    since: Timestamp(seconds: proxy.since), acknowledged: proxy.view.map { ViewDigest($0) },
                    refusals: (proxy.refuses ?? []).compactMap { known.indices.contains($0) ? known[$0] : nil },
                    trust: proxy.epoch.map { ProxyTrust(epoch: $0, issuer: proxy.issuer) }, serverRoot: proxy.server)
            )
        }
        return Dictionary(all) { first, second in first.acknowledged == nil ? first : second }
    }

    /// The text: JSON with sorted keys, so that equal reports have equal texts.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Reads a text.
    init(text: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(text.utf8)) }
}

extension ReplicaReport.Refused {
    init(_ refusal: Refusal, longest: Int) {
        self.init(
            type: refusal.key.name.type.url, name: refusal.key.name.name, variant: refusal.key.variant,
            version: refusal.version, reason: String(refusal.reason.prefix(longest)), isAlone: refusal.isAlone,
            origins: refusal.origins.map { origin in
                ReplicaReport.Source(
                    kind: origin.object.kind.rawValue, namespace: origin.object.name.namespace,
                    name: origin.object.name.name, generation: origin.generation)
            })
    }

    /// The refusal; `nil` where a newer replica speaks of a type that is not known here.
    var refusal: Refusal? {
        guard let type = ResourceType(url: type) else { return nil }
        return Refusal(
            key: ResourceKey(ResourceName(type, name), variant: variant), version: version,
            origins: origins.compactMap { source in
                ObjectKind(rawValue: source.kind).map { kind in
                    Origin(
                        object: ObjectKey(
                            kind: kind, name: ObjectName(namespace: source.namespace, name: source.name)),
                        generation: source.generation)
                }
            }, reason: reason, isAlone: isAlone)
    }
}
