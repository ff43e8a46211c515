extension DeltaStream {
    /// Everything that can be sent now, in the order in which it must be.
    public mutating func next(now: Instant, view: some ResourceView) -> [Response] {
        let responses = ResourceType.all.compactMap { response(of: $0, now, view) }
        // Only now is known which types have nothing under way.
        for type in types.keys { beginDepartures(type, now) }
        return responses
    }

    /// What is to be sent of a type.
    private struct Draft {
        var resources: [Resource] = []
        var removed: [String] = []
        /// Names that must wait.
        var held: Set<String> = []

        var isEmpty: Bool { resources.isEmpty && removed.isEmpty }
    }

    private mutating func response(of type: ResourceType, _ now: Instant, _ view: some ResourceView) -> Response? {
        // Taken out while it is worked on, so that its sets are changed in place and not copied.
        guard var subscription = types.removeValue(forKey: type) else { return nil }
        defer { types[type] = subscription }
        guard subscription.inFlight == nil else { return nil }
        if subscription.isWholeViewPending {
            subscription.isWholeViewPending = false
            subscription.pending.formUnion(
                subscription.isWildcard ? view.names(of: type) : Array(subscription.subscribed))
            subscription.pending.formUnion(subscription.known.keys)
        }
        var draft = Draft()
        var isRetry: Bool
        repeat {
            isRetry = !subscription.retries.isEmpty
            var names: Set<String> = []
            if isRetry {
                names = Set(subscription.retries.removeFirst())
                subscription.pending.subtract(names)
            } else {
                swap(&names, &subscription.pending)
            }
            for name in names { consider(ResourceName(type, name), &subscription, &draft, view) }
            // Of a part of a refused response nothing may be left: then it is the next one's turn.
        } while draft.isEmpty && isRetry
        if !isRetry { depart(type, &subscription, &draft, now, view) }
        subscription.pending.formUnion(draft.held)
        let isDue = subscription.isAnswerDue && (draft.held.isEmpty || subscription.isWildcard)
        guard !draft.isEmpty || isDue else { return nil }
        let response = Response(
            type: type, nonce: makeNonce(), resources: draft.resources.sorted { $0.key < $1.key },
            removed: draft.removed.sorted(), revision: revision)
        subscription.isAnswerDue = false
        subscription.inFlight = .init(response: response, madeAt: now, isComplete: draft.held.isEmpty && !isRetry)
        if type == .cluster { sendEndpoints(with: response) }
        return response
    }

    /// Decides what becomes of one name.
    private func consider(
        _ name: ResourceName, _ subscription: inout TypeSubscription, _ draft: inout Draft, _ view: some ResourceView
    ) {
        let key = name.name
        guard subscription.follows(key) else { return subscription.forget(key) }
        guard let resource = view.resource(name) else {
            return considerAbsent(name, &subscription, &draft, view)
        }
        subscription.leaving[key] = nil
        let isForced = subscription.mustSend.contains(key) || subscription.unknown.contains(key)
        guard isForced || subscription.known[key] != resource.version else {
            // What was refused is taken back: the proxy has what it shall have.
            subscription.quarantined[key] = nil
            return
        }
        guard subscription.quarantined[key] != resource.version else {
            subscription.mustSend.remove(key)
            return
        }
        guard !mustWait(resource, isUpdate: subscription.known[key] != nil, view) else {
            draft.held.insert(key)
            return
        }
        subscription.mustSend.remove(key)
        draft.resources.append(resource)
    }

    private func considerAbsent(
        _ name: ResourceName, _ subscription: inout TypeSubscription, _ draft: inout Draft, _ view: some ResourceView
    ) {
        let key = name.name
        let isHeld = subscription.known[key] != nil
        if subscription.unknown.contains(key) || (isHeld && name.type == .listener) {
            draft.removed.append(key)
        } else if isHeld {
            if subscription.leaving[key] == nil { subscription.leaving[key] = .init(revision: revision) }
        } else if subscription.mustSend.contains(key), !name.type.isNeverAnsweredAbsent,
            !view.isExpected(name)
        {
            draft.removed.append(key)
        }
        subscription.mustSend.remove(key)
        subscription.quarantined[key] = nil
    }

    /// Whether a resource names a cluster that the proxy has not acknowledged.
    ///
    /// A cluster that the proxy refuses is not waited for by a resource that is new: better some requests without a
    /// cluster than a listener that never gets its routes, and a proxy that is never ready.
    private func mustWait(_ resource: Resource, isUpdate: Bool, _ view: some ResourceView) -> Bool {
        guard resource.key.name.type.waitsForClusters, let clusters = types[.cluster] else { return false }
        return resource.references.contains { reference in
            guard reference.type == .cluster, clusters.follows(reference.name) else { return false }
            let isLeaving = clusters.inFlight?.response.removed.contains(reference.name) ?? false
            if clusters.known[reference.name] != nil, !isLeaving { return false }
            if clusters.quarantined[reference.name] != nil { return isUpdate }
            return view.resource(reference) != nil
        }
    }

    /// Removes what left the view, when its time has come.
    private func depart(
        _ type: ResourceType, _ subscription: inout TypeSubscription, _ draft: inout Draft, _ now: Instant,
        _ view: some ResourceView
    ) {
        for (name, departure) in subscription.leaving {
            if view.resource(ResourceName(type, name)) != nil {
                subscription.leaving[name] = nil
            } else if let since = departure.since, now >= since + Self.removalDelay {
                subscription.leaving[name] = nil
                draft.removed.append(name)
            }
        }
    }

    /// The delay of a removal begins when nothing that the proxy has refers to the resource any more.
    private mutating func beginDepartures(_ type: ResourceType, _ now: Instant) {
        for (name, departure) in types[type]?.leaving ?? [:] where departure.since == nil {
            guard type.referrers.allSatisfy({ haveLetGo($0, since: departure.revision) }) else { continue }
            types[type]?.leaving[name]?.since = now
        }
    }

    /// Whether the proxy has acknowledged everything of a type up to a revision and refused none of it.
    private func haveLetGo(_ type: ResourceType, since revision: Revision) -> Bool {
        guard let subscription = types[type] else { return true }
        return subscription.quarantined.isEmpty && subscription.retries.isEmpty
            && settledRevision(subscription) >= revision
    }

    /// Envoy warms a cluster that it was sent again on endpoints that it waits for, though it may have them.
    private mutating func sendEndpoints(with response: Response) {
        guard var endpoints = types.removeValue(forKey: .endpoints) else { return }
        defer { types[.endpoints] = endpoints }
        for reference in response.resources.flatMap(\.references) where reference.type == .endpoints {
            guard endpoints.subscribed.contains(reference.name) else { continue }
            endpoints.pending.insert(reference.name)
            endpoints.mustSend.insert(reference.name)
        }
    }
}
