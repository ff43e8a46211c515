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
        /// Whether the object can only be deleted, to be made anew.
        let isImmutable: Bool
        /// The entries that change, by key; `nil` for one that goes.
        let data: [String: String?]
    }

    /// An object.
    private struct Shard {
        var resourceVersion: String
        var calls: Calls = [:]
        /// The bytes of each entry and its key.
        var sizes: [String: Int] = [:]
        var isImmutable: Bool
        var unreadable: [String] = []
    }

    /// What is written is not written again for so long, unless the object differs meanwhile; each time twice as long.
    private static let patience = Duration.seconds(5)
    /// It is doubled so often at most: without word from the object, as when it may not be watched any more, all writing is
    /// in vain.
    private static let mostDoublings = 6

    private var shards: [Int: Shard] = [:]
    /// What this replica remembers and no object says.
    private var missing: Calls = [:]
    /// What this replica has forgotten and objects say.
    private var obsolete: Calls = [:]
    /// What was written since the objects were last heard of, and may be in them by now.
    private var underWay: [Int: Calls] = [:]
    /// What objects were to be made with and did not show since: of those no version was named, so that what is heard first may
    /// be older.
    private var created: [Int: Calls] = [:]
    private var quietUntil: [Int: Duration] = [:]
    /// How often each object was written since it was last heard of.
    private var attempts: [Int: Int] = [:]
    /// The objects that had no room for something when they were last looked at: what nobody uses may be taken out.
    private(set) var cramped: Set<Int> = []
    /// Those that had none when they were looked at once more.
    private(set) var full: Set<Int> = []

    /// Whether something is to be written.
    var isDue: Bool {
        !missing.isEmpty || obsolete.contains { !$0.value.isDisjoint(with: kept(of: $0.key)) }
    }

    /// Takes up what this replica remembers, all of an identity or what is new of it, and what it has forgotten.
    mutating func told(remembered: Calls, forgotten: Calls) {
        for (identity, ports) in remembered where CallText.key(of: identity) != nil {
            missing.add(ports.subtracting(kept(of: identity)), to: identity)
            obsolete.remove(ports, of: identity)
        }
        for (identity, ports) in forgotten {
            missing.remove(ports, of: identity)
            // What is under way comes by the watch, though it is not wanted any more.
            let number = CallText.shard(of: identity)
            let written = (underWay[number]?[identity] ?? []).union(created[number]?[identity] ?? [])
            obsolete.add(ports.intersection(kept(of: identity).union(written)), to: identity)
        }
    }

    /// An object will be deleted: what it holds is to be written again.
    mutating func willDelete(_ number: Int) {
        for (identity, ports) in shards[number]?.calls ?? [:] {
            missing.add(ports.subtracting(obsolete[identity] ?? []), to: identity)
        }
    }

    /// Takes up an object as it is now.
    ///
    /// - Returns: What of it is news, and the keys of the entries that cannot be read in whole, sorted; none of those where
    ///   they are the same as before.
    mutating func observed(_ object: CallObject) -> (news: News, unreadable: [String]) {
        guard let number = CallText.shard(named: object.metadata.name) else { return (News(), []) }
        var shard = Shard(resourceVersion: object.resourceVersion, isImmutable: object.isImmutable)
        for (key, text) in object.data {
            shard.sizes[key] = key.utf8.count + text.utf8.count
            guard let identity = CallText.identity(of: key), CallText.shard(of: identity) == number else {
                shard.unreadable.append(key)
                continue
            }
            let (ports, isWhole) = CallText.ports(text)
            if !isWhole { shard.unreadable.append(key) }
            if !ports.isEmpty { shard.calls[identity] = ports }
        }
        shard.unreadable.sort()
        let isKnown = shards[number]?.unreadable == shard.unreadable
        return (exchange(number, shard), isKnown ? [] : shard.unreadable)
    }

    /// Takes up that an object is gone.
    mutating func removed(_ name: String) -> News {
        CallText.shard(named: name).map { exchange($0, nil) } ?? News()
    }

    private mutating func exchange(_ number: Int, _ new: Shard?) -> News {
        let (before, after) = (shards[number]?.calls ?? [:], new?.calls ?? [:])
        shards[number] = new
        quietUntil[number] = nil
        attempts[number] = nil
        // The object shows whether it has arrived: what named an older version is refused.
        underWay[number] = nil
        var news = News()
        for (identity, ports) in after {
            let known = (before[identity] ?? []).union(missing[identity] ?? []).union(obsolete[identity] ?? [])
            news.remembered.add(ports.subtracting(known), to: identity)
            missing.remove(ports, of: identity)
            created[number]?.remove(ports, of: identity)
        }
        for (identity, ports) in before {
            let gone = ports.subtracting(after[identity] ?? [])
            let expected = (obsolete[identity] ?? []).union(missing[identity] ?? [])
            news.dropped.add(gone.subtracting(expected), to: identity)
        }
        for (identity, ports) in obsolete where CallText.shard(of: identity) == number {
            let coming = created[number]?[identity] ?? []
            obsolete.remove(ports.subtracting(after[identity] ?? []).subtracting(coming), of: identity)
        }
        return news
    }

    /// What is to be written now, at most one change for each object, by their numbers.
    ///
    /// Each counts as under way from now on.
    mutating func writes(at now: Duration) -> [Write] {
        let crampedBefore = cramped
        cramped = cramped.filter { isQuiet($0, at: now) }
        full = full.filter { isQuiet($0, at: now) }
        var changes: [Int: [String: String?]] = [:]
        for identity in Set(missing.keys).union(obsolete.keys).sorted() {
            let number = CallText.shard(of: identity)
            guard !isQuiet(number, at: now), let key = CallText.key(of: identity) else { continue }
            let present = kept(of: identity)
            let stale = present.intersection(obsolete[identity] ?? [])
            let rest = present.subtracting(stale)
            var added = missing[identity] ?? []
            // What is not there yet cannot be taken out.
            guard !stale.isEmpty || !added.isEmpty else { continue }
            if !added.isEmpty, !hasRoom(for: rest.union(added), at: key, in: number, beside: changes[number] ?? [:]) {
                cramped.insert(number)
                if crampedBefore.contains(number) { full.insert(number) }
                guard !stale.isEmpty else { continue }
                added = []
            }
            let ports = rest.union(added)
            changes[number, default: [:]][key] = .some(ports.isEmpty ? nil : CallText.text(ports))
            if shards[number] == nil {
                created[number, default: [:]].add(added, to: identity)
            } else {
                underWay[number, default: [:]].add(added, to: identity)
            }
        }
        for number in cramped.union(changes.keys) where !isQuiet(number, at: now) {
            let doublings = changes[number] == nil ? 0 : attempts[number] ?? 0
            if changes[number] != nil { attempts[number] = min(doublings + 1, Self.mostDoublings) }
            quietUntil[number] = now + Self.patience * (1 << doublings)
        }
        return changes.sorted { $0.key < $1.key }.map { number, data in
            Write(
                shard: number, resourceVersion: shards[number]?.resourceVersion,
                isImmutable: shards[number]?.isImmutable == true, data: data)
        }
    }

    private func isQuiet(_ number: Int, at now: Duration) -> Bool { quietUntil[number].map { now < $0 } ?? false }

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
