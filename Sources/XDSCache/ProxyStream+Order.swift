extension ProxyStream {
    /// What a resource waits for.
    enum Wait {
        case none
        /// That the proxy acknowledges a cluster, or answers at all.
        case forAcknowledgement
        /// A cluster that the proxy does not refuse.
        case forBetter(TypeSubscription.Refused)
    }

    /// Whether a resource names a cluster that the proxy has not acknowledged, or is a cluster that leads to a listener
    /// within the proxy that is not in force.
    ///
    /// A cluster that the proxy refuses is not waited for by a resource that is new: better some requests without a
    /// cluster than a listener that never gets its routes, and a proxy that is never ready.
    /// - Parameters:
    ///   - isUpdate: Whether the proxy has the resource in another version.
    ///   - isBeginning: Whether the type has had no response yet.
    func wait(of resource: Resource, isUpdate: Bool, isBeginning: Bool, _ view: some ResourceView) -> Wait {
        if resource.key.name.type == .cluster {
            // A first whole set that waited would keep the proxy from asking for listeners.
            if variant == .stateOfTheWorld, isBeginning { return .none }
            return isInForce(resource.references, view) ? .none : .forAcknowledgement
        }
        guard resource.key.name.type.waitsForClusters else { return .none }
        return types.read(.cluster) { Self.wait(of: resource, isUpdate: isUpdate, $0, view) } ?? .none
    }

    private static func wait(
        of resource: Resource, isUpdate: Bool, _ clusters: TypeSubscription, _ view: some ResourceView
    ) -> Wait {
        var wait = Wait.none
        for reference in resource.references
        where reference.type == .cluster && clusters.follows(reference.name) {
            let isLeaving = clusters.inFlight?.response.removed.contains(reference.name) ?? false
            if clusters.known[reference.name] != nil, !isLeaving { continue }
            if let refused = clusters.quarantined[reference.name] {
                if isUpdate { wait = .forBetter(refused) }
            } else if view.resource(reference) != nil {
                return .forAcknowledgement
            }
        }
        return wait
    }

    /// Removes what left the view, when its time has come.
    func depart(
        _ type: ResourceType, _ subscription: inout TypeSubscription, _ removed: inout [String], _ now: Instant,
        _ view: some ResourceView
    ) {
        for (name, departure) in subscription.leaving {
            if view.resource(ResourceName(type, name)) != nil {
                subscription.leaving[name] = nil
            } else if let since = departure.since, now >= since + Self.removalDelay {
                // What was let go may have been taken up again meanwhile, by what was asked for only then.
                guard isLetGo(ResourceName(type, name), since: departure.revision) else {
                    subscription.leaving[name]?.since = nil
                    continue
                }
                subscription.leaving[name] = nil
                removed.append(name)
            }
        }
    }

    /// The delay of a removal begins when nothing that the proxy has refers to the resource any more.
    mutating func beginDepartures(_ type: ResourceType, _ now: Instant) {
        guard types.standing(of: type).loses else { return }
        let leaving = types.read(type) { $0.leaving } ?? [:]
        for (name, departure) in leaving where departure.since == nil {
            guard isLetGo(ResourceName(type, name), since: departure.revision) else { continue }
            types.change(type) { $0.leaving[name]?.since = now }
        }
    }

    /// A type is requested for the first time on the stream: what it may refer to counts as referred to.
    mutating func forgetLettingGo(of type: ResourceType) {
        for other in ResourceType.all where other.referrers.contains(type) {
            types.change(other) { subscription in
                for name in Array(subscription.leaving.keys) { subscription.leaving[name]?.since = nil }
            }
        }
    }

    private func isLetGo(_ name: ResourceName, since revision: Revision) -> Bool {
        name.type.referrers.allSatisfy { hasLetGo($0, of: name, since: revision) }
    }

    /// Whether the proxy has acknowledged everything of a type up to a revision, and what it refuses or is not sent
    /// leaves it with nothing that refers to a resource.
    private func hasLetGo(_ type: ResourceType, of name: ResourceName, since revision: Revision) -> Bool {
        types.read(type) { hasLetGo($0, of: name, since: revision) } ?? true
    }

    private func hasLetGo(
        _ subscription: TypeSubscription, of name: ResourceName, since revision: Revision
    ) -> Bool {
        guard !subscription.isAnswerDue, subscription.retries.isEmpty,
            subscription.standing.settledRevision(at: self.revision) >= revision
        else {
            return false
        }
        let known = subscription.known
        return [subscription.quarantined, subscription.blocked].allSatisfy { refused in
            refused.allSatisfy { key, refused in
                guard !refused.resource.references.contains(name) else { return false }
                guard let held = known[key] else { return true }
                return held.references.map { !$0.contains(name) } ?? false
            }
        }
    }

    /// Envoy warms a cluster that it was sent again on endpoints that it waits for, though it may have them.
    mutating func sendEndpoints(with response: Response) {
        types.change(.endpoints) { endpoints in
            for reference in response.resources.flatMap(\.references) where reference.type == .endpoints {
                guard endpoints.subscribed.contains(reference.name) else { continue }
                endpoints.pending.insert(reference.name)
                endpoints.mustSend.insert(reference.name)
            }
        }
    }
}
