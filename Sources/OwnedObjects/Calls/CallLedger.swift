internal import MeshModel

/// What all controllers remember of calls, by the objects in which they keep it, and what is to be written; pure.
///
/// Every replica writes what it learned, and names the version of the object that it adds to: who comes second is refused,
/// hears what the first wrote, and adds to that. Nothing of another replica is lost, and none has to lead.
struct CallLedger: Sendable {
    typealias Calls = [ServiceIdentity: Set<ServicePort>]

    /// What the objects say that this replica did not know, or say no more.
    struct News: Equatable, Sendable {
        var remembered: Calls = [:]
        var dropped: Calls = [:]

        var isEmpty: Bool { remembered.isEmpty && dropped.isEmpty }
    }

    /// A change of an object.
    struct Write: Equatable, Sendable {
        let shard: Int
        /// The version of the object that is changed; `nil` if there is none yet.
        let resourceVersion: String?
        /// The entries that change, by key; `nil` for one that goes.
        let data: [String: String?]
    }

    /// An object.
    private struct Shard {
        var resourceVersion: String
        var calls: Calls = [:]
        /// The bytes of each entry and its key.
        var sizes: [String: Int] = [:]
    }

    /// What is written is not written again for so long, unless the object differs meanwhile.
    private static let patience = Duration.seconds(5)

    private var shards: [Int: Shard] = [:]
    /// What this replica remembers and no object says.
    private var missing: Calls = [:]
    /// What this replica has forgotten and objects say.
    private var obsolete: Calls = [:]
    private var quietUntil: [Int: Duration] = [:]
    /// The objects that have no room for something.
    private(set) var full: Set<Int> = []

    /// Whether something is to be written.
    var isDue: Bool { !missing.isEmpty || !obsolete.isEmpty }

    /// Takes up what this replica remembers, all of an identity or what is new of it, and what it has forgotten.
    mutating func told(remembered: Calls, forgotten: Calls) {
        for (identity, ports) in remembered where CallText.key(of: identity) != nil {
            missing.add(ports.subtracting(kept(of: identity)), to: identity)
            obsolete.remove(ports, of: identity)
        }
        for (identity, ports) in forgotten {
            missing.remove(ports, of: identity)
            obsolete.add(ports.intersection(kept(of: identity)), to: identity)
        }
    }

    /// Takes up an object as it is now.
    ///
    /// - Returns: What of it is news, and the keys of the entries that cannot be read in whole, sorted.
    mutating func observed(_ object: CallObject) -> (news: News, unreadable: [String]) {
        guard let number = CallText.shard(named: object.metadata.name) else { return (News(), []) }
        var shard = Shard(resourceVersion: object.resourceVersion)
        var unreadable: [String] = []
        for (key, text) in object.data {
            shard.sizes[key] = key.utf8.count + text.utf8.count
            guard let identity = CallText.identity(of: key), CallText.shard(of: identity) == number else {
                unreadable.append(key)
                continue
            }
            let (ports, isWhole) = CallText.ports(text)
            if !isWhole { unreadable.append(key) }
            if !ports.isEmpty { shard.calls[identity] = ports }
        }
        return (exchange(number, shard), unreadable.sorted())
    }

    /// Takes up that an object is gone.
    mutating func removed(_ name: String) -> News {
        CallText.shard(named: name).map { exchange($0, nil) } ?? News()
    }

    private mutating func exchange(_ number: Int, _ new: Shard?) -> News {
        let (before, after) = (shards[number]?.calls ?? [:], new?.calls ?? [:])
        shards[number] = new
        quietUntil[number] = nil
        var news = News()
        for (identity, ports) in after {
            let known = (before[identity] ?? []).union(missing[identity] ?? []).union(obsolete[identity] ?? [])
            news.remembered.add(ports.subtracting(known), to: identity)
            missing.remove(ports, of: identity)
        }
        for (identity, ports) in before {
            let gone = ports.subtracting(after[identity] ?? [])
            news.dropped.add(gone.subtracting(obsolete[identity] ?? []), to: identity)
            obsolete.remove(gone, of: identity)
        }
        return news
    }

    /// What is to be written now, at most one change for each object, by their numbers.
    ///
    /// Each counts as under way from now on.
    mutating func writes(at now: Duration) -> [Write] {
        full = full.filter { quietUntil[$0].map { now < $0 } ?? false }
        var changes: [Int: [String: String?]] = [:]
        for identity in Set(missing.keys).union(obsolete.keys).sorted() {
            let number = CallText.shard(of: identity)
            guard quietUntil[number].map({ $0 <= now }) ?? true, let key = CallText.key(of: identity) else { continue }
            let kept = kept(of: identity).subtracting(obsolete[identity] ?? [])
            let added = missing[identity] ?? []
            var ports = kept.union(added)
            if !added.isEmpty, !hasRoom(for: ports, at: key, in: number, beside: changes[number] ?? [:]) {
                full.insert(number)
                guard obsolete[identity] != nil else { continue }
                ports = kept
            }
            changes[number, default: [:]][key] = .some(ports.isEmpty ? nil : CallText.text(ports))
        }
        for number in full.union(changes.keys) where quietUntil[number].map({ $0 <= now }) ?? true {
            quietUntil[number] = now + Self.patience
        }
        return changes.sorted { $0.key < $1.key }.map {
            Write(shard: $0.key, resourceVersion: shards[$0.key]?.resourceVersion, data: $0.value)
        }
    }

    private func hasRoom(
        for ports: Set<ServicePort>, at key: String, in number: Int, beside changes: [String: String?]
    ) -> Bool {
        var sizes = shards[number]?.sizes ?? [:]
        for (other, text) in changes { sizes[other] = text.map { other.utf8.count + $0.utf8.count } }
        sizes[key] = key.utf8.count + CallText.text(ports).utf8.count
        return sizes.values.reduce(0, +) <= CallText.limit
    }

    private func kept(of identity: ServiceIdentity) -> Set<ServicePort> {
        shards[CallText.shard(of: identity)]?.calls[identity] ?? []
    }
}

extension CallLedger.Calls {
    fileprivate mutating func add(_ ports: Set<ServicePort>, to identity: ServiceIdentity) {
        if !ports.isEmpty { self[identity, default: []].formUnion(ports) }
    }

    fileprivate mutating func remove(_ ports: Set<ServicePort>, of identity: ServiceIdentity) {
        self[identity]?.subtract(ports)
        if self[identity]?.isEmpty == true { self[identity] = nil }
    }
}
