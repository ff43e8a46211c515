public import MeshModel

/// How far the proxies are whose streams another replica serves.
///
/// Versions are hashes of content, so replicas need not agree on revisions: a proxy that has acknowledged a view of the
/// same digest as the one that is computed here enforces what is published here.
extension SnapshotCache {
    /// What a replica tells of one proxy that is connected to it.
    public struct ConnectedProxy: Equatable, Sendable {
        /// The start of its oldest present stream.
        public var since: Timestamp
        /// The view that it has acknowledged in whole; `nil` while it is behind.
        public var acknowledged: ViewDigest?
        /// What it refuses, sorted by key.
        public var refusals: [Refusal]
        /// What it trusts; `nil` where its replica does not tell.
        public var trust: ProxyTrust?
        /// The root by which it knew the server when it connected; `nil` where its replica does not tell.
        public var serverRoot: String?

        /// A proxy.
        public init(
            since: Timestamp, acknowledged: ViewDigest?, refusals: [Refusal] = [], trust: ProxyTrust? = nil,
            serverRoot: String? = nil
        ) {
            self.serverRoot = serverRoot
            self.trust = trust
            self.since = since
            self.acknowledged = acknowledged
            self.refusals = refusals
        }
    }

    /// The proxies that are connected here, for the other replicas.
    ///
    /// - Parameter trust: What a proxy trusts, by its progress.
    public func connectedProxies(
        trust: (ProxyProgress) -> ProxyTrust? = { _ in nil }
    ) -> [ProxyID: ConnectedProxy] {
        withState { state in
            var proxies: [ProxyID: ConnectedProxy] = [:]
            for proxy in state.streamsByProxy.keys {
                let progress = state.localProgress(of: proxy)
                guard let since = progress.since else { continue }
                proxies[proxy] = ConnectedProxy(
                    since: since,
                    acknowledged: progress.acknowledged >= state.revision ? state.digest(of: proxy) : nil,
                    refusals: progress.refusals, trust: trust(progress), serverRoot: progress.serverRoot)
            }
            return proxies
        }
    }

    /// Whether every proxy that there is has a stream here, so that no other replica has anything to tell.
    public var areAllProxiesHere: Bool { withState { $0.streamsByProxy.count >= $0.proxies.count } }

    /// Sets what is known of the proxies that are connected to other replicas; it holds until it is set again.
    public func setProxiesElsewhere(_ proxies: [ProxyID: ConnectedProxy]) {
        if withState({ $0.setElsewhere(proxies) }) { notifyObservers() }
    }

    /// The digest of a proxy's view; `nil` if there is no such proxy.
    public func viewDigest(of proxy: ProxyID) -> ViewDigest? { withState { $0.digest(of: proxy) } }
}

extension SnapshotCache.State {
    /// A proxy that is connected to another replica.
    struct Elsewhere {
        var proxy: SnapshotCache.ConnectedProxy
        /// The last revision here whose view it was seen to have acknowledged.
        var acknowledged: Revision = 0
    }

    /// Takes up what other replicas tell; tells whether it differs.
    mutating func setElsewhere(_ proxies: [ProxyID: SnapshotCache.ConnectedProxy]) -> Bool {
        guard elsewhere.mapValues(\.proxy) != proxies else { return false }
        for proxy in elsewhere.keys where proxies[proxy] == nil { elsewhere[proxy] = nil }
        for (proxy, told) in proxies {
            // Another stream begins anew: what an earlier one had acknowledged says nothing of it.
            let isSame = elsewhere[proxy]?.proxy.since == told.since
            elsewhere[proxy] = Elsewhere(proxy: told, acknowledged: isSame ? elsewhere[proxy]?.acknowledged ?? 0 : 0)
        }
        return true
    }

    /// How far a proxy is that is connected to another replica; `nil` if it is connected to none.
    mutating func progressElsewhere(of proxy: ProxyID) -> ProxyProgress? {
        guard let told = elsewhere[proxy]?.proxy else { return nil }
        if let digest = told.acknowledged, digest == self.digest(of: proxy) {
            elsewhere[proxy]?.acknowledged = revision
        }
        return ProxyProgress(
            isConnected: true, since: told.since, acknowledged: elsewhere[proxy]?.acknowledged ?? 0,
            refusals: told.refusals, isElsewhere: true, trustElsewhere: told.trust, serverRoot: told.serverRoot)
    }

    mutating func digest(of proxy: ProxyID) -> ViewDigest? {
        guard let list = proxies[proxy] else { return nil }
        return ViewDigest(list.map { sum(of: $0) })
    }

    private mutating func sum(of id: LayerID) -> ResourceSum {
        guard let layer = layers[id] else { return ResourceSum() }
        if let sum = layer.sum { return sum }
        var sum = ResourceSum()
        for key in layer.keys.values { if let resource = resources[key] { sum.add(resource) } }
        layers[id]?.sum = sum
        return sum
    }
}
