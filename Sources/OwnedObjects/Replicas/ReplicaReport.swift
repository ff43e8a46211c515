internal import FoundationEssentials
internal import MeshModel
internal import MeshStatus
internal import XDSCache

/// What a replica tells the leader of the proxies that are connected to it: the text of a ConfigMap.
struct ReplicaReport: Codable, Equatable, Sendable {
    /// A proxy.
    struct Proxy: Codable, Equatable, Sendable {
        let namespace: String
        let name: String
        let uid: String
        let since: Timestamp
        /// The digest of the view that it has acknowledged in whole; absent while it is behind.
        let view: String?
        /// What it refuses; absent if nothing.
        let refusals: [Refused]?
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

    init(_ proxies: [ProxyID: SnapshotCache.ConnectedProxy]) {
        self.proxies = proxies.sorted { $0.key < $1.key }.map { id, proxy in
            Proxy(
                namespace: id.pod.namespace, name: id.pod.name, uid: id.uid, since: proxy.since,
                view: proxy.acknowledged?.description,
                refusals: proxy.refusals.isEmpty ? nil : proxy.refusals.map(Refused.init))
        }
    }

    /// The proxies; of several of one pod the one that says least.
    var connected: [ProxyID: SnapshotCache.ConnectedProxy] {
        Dictionary(
            proxies.map { proxy in
                (
                    ProxyID(pod: ObjectName(namespace: proxy.namespace, name: proxy.name), uid: proxy.uid),
                    SnapshotCache.ConnectedProxy(
                        since: proxy.since, acknowledged: proxy.view.map { ViewDigest($0) },
                        refusals: (proxy.refusals ?? []).compactMap(\.refusal))
                )
            }
        ) { first, second in first.acknowledged == nil ? first : second }
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
    init(_ refusal: Refusal) {
        self.init(
            type: refusal.key.name.type.url, name: refusal.key.name.name, variant: refusal.key.variant,
            version: refusal.version, reason: refusal.reason, isAlone: refusal.isAlone,
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
