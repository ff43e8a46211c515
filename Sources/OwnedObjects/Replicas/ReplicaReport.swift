internal import FoundationEssentials
internal import MeshModel
internal import MeshStatus
internal import XDSCache

/// What a replica tells the leader of the proxies that are connected to it: the text of a ConfigMap.
struct ReplicaReport: Codable, Equatable, Sendable {
    /// A proxy.
    struct Proxy: Equatable, Sendable {
        /// `namespace/name`.
        let pod: String
        let uid: String
        /// Seconds since 1970.
        let since: Int64
        /// How far it is, as an index of ``ReplicaReport/states``; absent in the report of a replica of a former release.
        let state: Int?
        /// What a replica of a former release told here, and for each proxy anew.
        var former = State()
        /// The same of roots.
        var formerRoots = Roots()
    }

    /// How far a proxy is: told once for all that are equally far, as most of an identity are.
    struct State: Codable, Hashable, Sendable {
        /// The digest of the view that it has acknowledged in whole; absent while it is behind.
        var view: String?
        /// What it refuses, as indexes of ``ReplicaReport/refusals``; absent if nothing.
        var refuses: [Int]?
        /// What it knows of the roots, as an index of ``ReplicaReport/roots``.
        var roots: Int?
    }

    /// What a proxy knows of the roots: mostly what all know.
    struct Roots: Codable, Hashable, Sendable {
        /// The last epoch of the roots of which it has acknowledged everything; absent where the replica does not tell.
        var epoch: Int64?
        /// The root that signed its certificate; absent if it has none.
        var issuer: String?
        /// The root by which it knew the server when it connected; absent where the replica does not tell.
        var server: String?
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

    /// Which of a replica's objects this is.
    enum Place: Equatable, Sendable {
        /// The one that tells that the replica lives, and what it does itself.
        case head(trust: Trust?, server: String?)
        /// One for proxies that the head has no room for.
        case part(ofHead: String)
    }

    /// Sorted by namespace and name.
    let proxies: [Proxy]
    /// What proxies are at, in the order in which they are first spoken of; absent in the report of a former release.
    let states: [State]?
    /// What they know of the roots, in the same order; absent as above.
    let roots: [Roots]?
    /// Each once, however many proxies say it; what most say comes first.
    let refusals: [Refused]
    /// What one process of the replica writes at all its objects, so that nobody takes those of another one for its own;
    /// absent in the report of a replica of a former release, which has one object.
    let run: String?
    /// The object that tells whether the replica lives; absent if it is this one.
    let head: String?
    /// What the replica itself does; absent in the report of a replica of a former release.
    let trust: Trust?
    /// The root that signed what the replica's servers show; absent in the report of a replica of a former release.
    let server: String?

    /// Of a proxy's words so many characters are told.
    private static let longestReason = 500
    /// So many bytes of refusals are told; a proxy that refuses what finds no room counts as one that is behind.
    private static let mostOfRefusals = 256 << 10

    init(_ proxies: [ProxyID: SnapshotCache.ConnectedProxy], _ place: Place, run: String?) {
        self.run = run
        switch place {
        case .head(let trust, let server): (self.trust, self.server, head) = (trust, server, nil)
        case .part(let head): (trust, server, self.head) = (nil, nil, head)
        }
        let words = Self.words(of: proxies.values)
        refusals = words.map(\.told)
        let indexes = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($0.element.refusal, $0.offset) })
        var (states, roots) = (Listing<State>(), Listing<Roots>())
        self.proxies = proxies.sorted { $0.key < $1.key }.map { id, proxy in
            let refuses = proxy.refusals.compactMap { indexes[$0] }
            let known = Roots(epoch: proxy.trust?.epoch, issuer: proxy.trust?.issuer, server: proxy.serverRoot)
            let state = State(
                view: refuses.count == proxy.refusals.count ? proxy.acknowledged?.description : nil,
                refuses: refuses.isEmpty ? nil : refuses, roots: roots.index(of: known))
            return Proxy(
                pod: id.pod.description, uid: id.uid, since: proxy.since.seconds, state: states.index(of: state))
        }
        (self.states, self.roots) = (states.all, roots.all)
    }

    /// Values, each once, in the order in which they come.
    private struct Listing<Value: Hashable> {
        private(set) var all: [Value] = []
        private var indexes: [Value: Int] = [:]

        mutating func index(of value: Value) -> Int {
            if let index = indexes[value] { return index }
            all.append(value)
            indexes[value] = all.count - 1
            return all.count - 1
        }
    }

    /// What is refused, as far as there is room for it: what most proxies refuse, then by type and name.
    private static func words(
        of proxies: some Sequence<SnapshotCache.ConnectedProxy>
    ) -> [(refusal: Refusal, told: Refused)] {
        var counts: [Refusal: Int] = [:]
        for proxy in proxies { for refusal in proxy.refusals { counts[refusal, default: 0] += 1 } }
        let sorted = counts.sorted {
            (-$0.value, $0.key.key, $0.key.version, $0.key.reason)
                < (-$1.value, $1.key.key, $1.key.version, $1.key.reason)
        }
        var room = mostOfRefusals
        var words: [(refusal: Refusal, told: Refused)] = []
        for refusal in sorted.map(\.key) {
            let told = Refused(refusal, longest: longestReason)
            room -= (try? encoder.encode(told).count) ?? room
            guard room > 0 else { break }
            words.append((refusal, told))
        }
        return words
    }

    /// The proxies; of several of one pod the one that says least.
    var connected: [ProxyID: SnapshotCache.ConnectedProxy] {
        let words = refusals.map(\.refusal)
        let all = proxies.compactMap { proxy -> (ProxyID, SnapshotCache.ConnectedProxy)? in
            let parts = proxy.pod.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            let state = proxy.state.map { Self.entry($0, of: states) ?? State() } ?? proxy.former
            let known = state.roots.map { Self.entry($0, of: roots) ?? Roots() } ?? proxy.formerRoots
            return (
                ProxyID(pod: ObjectName(namespace: parts[0], name: parts[1]), uid: proxy.uid),
                SnapshotCache.ConnectedProxy(
                    since: Timestamp(seconds: proxy.since), acknowledged: state.view.map { ViewDigest($0) },
                    refusals: (state.refuses ?? []).compactMap { Self.entry($0, of: words) ?? nil },
                    trust: known.epoch.map { ProxyTrust(epoch: $0, issuer: known.issuer) }, serverRoot: known.server)
            )
        }
        return Dictionary(all) { first, second in first.acknowledged == nil ? first : second }
    }

    /// The value of an index that another replica tells.
    private static func entry<Value>(_ index: Int, of all: [Value]?) -> Value? {
        all.flatMap { $0.indices.contains(index) ? $0[index] : nil }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// The text: JSON with sorted keys, so that equal reports have equal texts.
    func text() throws -> String { String(decoding: try Self.encoder.encode(self), as: UTF8.self) }

    /// Reads a text.
    init(text: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(text.utf8)) }
}

extension ReplicaReport.Proxy: Codable {
    private enum CodingKeys: String, CodingKey { case pod, uid, since, state }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        pod = try container.decode(String.self, forKey: .pod)
        uid = try container.decode(String.self, forKey: .uid)
        since = try container.decode(Int64.self, forKey: .since)
        state = try container.decodeIfPresent(Int.self, forKey: .state)
        former = try ReplicaReport.State(from: decoder)
        formerRoots = try ReplicaReport.Roots(from: decoder)
    }
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
