internal import MeshModel

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
            return
        }
        for name in names where name.type == .listener && subscribed.contains(name.name) {
            types.change(.cluster) { $0.pending.insert(name.name) }
        }
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
