public import MeshModel

/// What a proxy has on demand: the first connection to an address waits for the cluster that the proxy asks for by that
/// address.
extension ProxyStream {
    /// The addresses of which a request asks, or says that the proxy was told of them on an earlier stream.
    ///
    /// A listener that it has says as much as a cluster: other pods of the identity have called what it stands for.
    ///
    /// - Parameter subscription: What was known of the type before the request.
    static func asked(
        by request: Request, _ subscription: TypeSubscription, isFirst: Bool
    ) -> Set<SocketAddress> {
        let names: [String]
        switch (request.type, request.interest) {
        case (.cluster, .changes(let subscribe, _, let versions)):
            names = subscribe + (isFirst ? Array(versions.keys) : [])
        case (.cluster, .names(let followed)): names = followed.filter { !subscription.subscribed.contains($0) }
        case (.listener, .changes(_, _, let versions)) where isFirst: names = Array(versions.keys)
        default: return []
        }
        return Set(names.compactMap { ResourceName(request.type, $0).onDemandAddress })
    }

    /// What on-demand clusters lead to follows from their listeners, and from whether connections may pass through.
    mutating func reconsiderOnDemandClusters(_ names: Set<ResourceName>) {
        guard let subscribed = types.read(.cluster, { $0.subscribed }), !subscribed.isEmpty else { return }
        if names.contains(.passthrough) {
            types.change(.cluster) { $0.pending.formUnion(subscribed) }
        }
        for name in names where name.type == .listener && subscribed.contains(name.name) {
            types.change(.cluster) { $0.pending.insert(name.name) }
            unchecked.insert(name.name)
        }
    }

    /// The listeners of all that the proxy has on demand may have come or gone.
    mutating func recheckOnDemandClusters() {
        let followed = types.read(.cluster) { $0.subscribed.filter { $0.hasPrefix(ResourceName.onDemandPrefix) } }
        unchecked.formUnion(followed ?? [])
    }

    /// The addresses of on-demand clusters that the proxy follows and whose listeners left the view since the last call.
    ///
    /// Envoy asks about an address once: of what it has a cluster for the server must ask itself, or calls would be refused
    /// as long as the stream lasts though somebody has the address. Each leaving is told once, whatever comes of the
    /// question.
    public mutating func takeLost(_ view: some ResourceView) -> Set<SocketAddress> {
        guard !unchecked.isEmpty else { return [] }
        let names = unchecked
        unchecked = []
        let followed = types.read(.cluster) { subscription in names.filter { subscription.subscribed.contains($0) } }
        var lost: Set<SocketAddress> = []
        for name in names {
            if followed?.contains(name) != true {
                claimed.remove(name)
            } else if view.resource(ResourceName(.listener, name)) != nil {
                claimed.insert(name)
            } else if claimed.remove(name) != nil, let address = ResourceName(.listener, name).onDemandAddress {
                lost.insert(address)
            }
        }
        return lost
    }

    /// Whether the listeners among some references are what the proxy has, with all that they name.
    ///
    /// A connection that goes to a listener before it has its routes is lost. A listener that the proxy refuses is not
    /// waited for: better a connection that fails than one that hangs.
    func isInForce(_ references: [ResourceName], _ view: some ResourceView) -> Bool {
        references.allSatisfy { reference in
            guard reference.type == .listener, let listener = view.resource(reference) else { return true }
            guard types.isRequested(.listener) else { return false }
            if types.read(.listener, { $0.quarantined[reference.name] != nil }) == true { return true }
            let known = types.read(.listener) { $0.known[reference.name]?.version } ?? nil
            guard known == listener.version else { return false }
            return listener.references.allSatisfy { part in
                guard part.type == .route || part.type == .extension else { return true }
                return types.read(part.type) { $0.known[part.name] != nil || $0.quarantined[part.name] != nil } ?? false
            }
        }
    }
}
