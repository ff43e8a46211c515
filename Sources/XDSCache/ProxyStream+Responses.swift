extension ProxyStream {
    /// Everything that can be sent now, in the order in which it must be.
    public mutating func next(now: Instant, view: some ResourceView) -> [Response] {
        let responses = ResourceType.all.compactMap { response(of: $0, now, view) }
        // Only now is known which types have nothing under way.
        for type in ResourceType.all { beginDepartures(type, now) }
        if mayAwaitAbsent {
            forgetAbsent(view)
            mayAwaitAbsent = false
        }
        return responses
    }

    /// What is to be sent of a type.
    private struct Draft {
        var resources: [Resource] = []
        var removed: [String] = []
        /// Names that must wait.
        var held: Set<String> = []
        /// What the proxy turned out to have already.
        var found: [Taken] = []
        /// What the clusters in it need to be warm.
        var warming: [ResourceName: Resource] = [:]

        var isEmpty: Bool { resources.isEmpty && removed.isEmpty }
    }

    private mutating func response(of type: ResourceType, _ now: Instant, _ view: some ResourceView) -> Response? {
        guard !types.standing(of: type).hasNothingToSay else { return nil }
        // Taken out while it is worked on, so that its sets are changed in place and not copied.
        guard var subscription = types.take(type) else { return nil }
        var draft = Draft()
        let before = subscription.settled
        defer {
            types.put(&subscription, type)
            for found in draft.found { noteReferences(of: found, since: before + 1) }
        }
        guard subscription.inFlight == nil else { return nil }
        let isRetry = collect(type, &subscription, &draft, view)
        if !isRetry { depart(type, &subscription, &draft.removed, now, view) }
        if !canRemove(type) {
            for name in draft.removed { subscription.drop(name) }
            draft.removed = []
        }
        subscription.pending.formUnion(draft.held)
        if subscription.isAnswerDue, !draft.held.isEmpty, isSentWhole(type) {
            // The proxy may have what is held from an earlier stream: a first set without it would take it away.
            let names = draft.resources.map(\.key.name.name)
            subscription.pending.formUnion(names)
            subscription.mustSend.formUnion(names)
            return nil
        }
        let isDue = subscription.isAnswerDue && (draft.held.isEmpty || subscription.isWildcard)
        guard !draft.isEmpty || isDue else { return nil }
        let response = write(type, draft, subscription)
        subscription.isAnswerDue = false
        subscription.inFlight = .init(response: response, madeAt: now, isComplete: draft.held.isEmpty && !isRetry)
        if variant == .stateOfTheWorld, subscription.followsNothing { subscription.letGoOfEmptyAnswer() }
        if type == .cluster {
            warming = draft.warming
            sendEndpoints(with: response)
        }
        return response
    }

    /// Fills a draft with what is pending, or with a part of a refused response.
    ///
    /// - Returns: Whether it is such a part.
    private func collect(
        _ type: ResourceType, _ subscription: inout TypeSubscription, _ draft: inout Draft, _ view: some ResourceView
    ) -> Bool {
        if subscription.isWholeViewPending {
            subscription.isWholeViewPending = false
            if subscription.isWildcard { subscription.pending.formUnion(view.names(of: type)) }
            subscription.pending.formUnion(subscription.subscribed)
            subscription.pending.formUnion(subscription.known.keys)
        }
        while !subscription.retries.isEmpty {
            let names = Set(subscription.retries.removeFirst())
            subscription.pending.subtract(names)
            for name in names { consider(ResourceName(type, name), &subscription, &draft, view) }
            // Of a part of a refused response nothing may be left: then it is the next one's turn.
            if !draft.isEmpty { return true }
        }
        var names = Set(subscription.blocked.keys)
        names.formUnion(subscription.pending)
        subscription.pending = []
        for name in names { consider(ResourceName(type, name), &subscription, &draft, view) }
        return false
    }

    private mutating func write(
        _ type: ResourceType, _ draft: Draft, _ subscription: TypeSubscription
    ) -> Response {
        let resources = draft.resources.sorted { $0.key < $1.key }
        var content = resources
        if isSentWhole(type) {
            var whole = subscription.whole
            for name in draft.removed { whole[name] = nil }
            for resource in resources { whole[resource.key.name.name] = resource }
            content = whole.values.sorted { $0.key < $1.key }
        }
        var version = ""
        if variant == .stateOfTheWorld {
            var versions = subscription.known.mapValues(\.version)
            for name in draft.removed { versions[name] = nil }
            for resource in resources { versions[resource.key.name.name] = resource.version }
            version = Resource.version(ofAll: versions)
        }
        return Response(
            type: type, nonce: makeNonce(), resources: resources, removed: draft.removed.sorted(), content: content,
            version: version, revision: revision)
    }

    /// Decides what becomes of one name.
    private func consider(
        _ name: ResourceName, _ subscription: inout TypeSubscription, _ draft: inout Draft, _ view: some ResourceView
    ) {
        let key = name.name
        subscription.blocked[key] = nil
        guard subscription.follows(key) else { return subscription.forget(key) }
        let needed: [ResourceType] = name.type == .cluster ? [.endpoints, .secret] : []
        guard let (resource, references) = view.resource(name, with: needed) else {
            return considerAbsent(name, &subscription, &draft, view)
        }
        subscription.leaving[key] = nil
        let isForced = subscription.mustSend.contains(key) || subscription.unknown.keys.contains(key)
        guard isForced || subscription.known[key]?.version != resource.version else {
            // What was refused is taken back: the proxy has what it shall have.
            subscription.quarantined[key] = nil
            subscription.hold(resource)
            draft.found.append(Taken(name: name, former: [], references: resource.references))
            return
        }
        guard subscription.quarantined[key]?.resource.version != resource.version else {
            subscription.mustSend.remove(key)
            return
        }
        let isBeginning = subscription.isAnswerDue
        switch wait(of: resource, isUpdate: subscription.known[key] != nil, isBeginning: isBeginning, view) {
        case .none:
            subscription.mustSend.remove(key)
            draft.resources.append(resource)
            for reference in references { draft.warming[reference.key.name] = reference }
        case .forAcknowledgement: draft.held.insert(key)
        case .forBetter(let cluster):
            subscription.blocked[key] = .init(
                resource: resource, reason: "it names \(cluster.resource.key.name), which is refused: \(cluster.reason)"
            )
        }
    }

    private func considerAbsent(
        _ name: ResourceName, _ subscription: inout TypeSubscription, _ draft: inout Draft, _ view: some ResourceView
    ) {
        let key = name.name
        // What will come is not gone, and is not said to be.
        guard !view.isExpected(name) else { return }
        if variant == .delta, name.type.isKeptWhileFollowed {
            // In doubt of what the proxy has of it, it is sent again should it come back.
            if subscription.unknown.keys.contains(key) { subscription.drop(key) }
            subscription.mustSend.remove(key)
            subscription.quarantined[key] = nil
            return
        }
        if subscription.mustSend.contains(key), let last = warming[name] {
            subscription.mustSend.remove(key)
            subscription.quarantined[key] = nil
            draft.resources.append(last)
            // It goes when nothing refers to it any more.
            subscription.leaving[key] = .init(revision: revision)
            return
        }
        let isHeld = subscription.known[key] != nil
        if isHeld, let replacement = view.replacement(of: name) {
            let isInDoubt = subscription.unknown.keys.contains(key)
            if isInDoubt || subscription.known[key]?.version != replacement.version {
                draft.resources.append(replacement)
            }
            subscription.mustSend.remove(key)
            subscription.quarantined[key] = nil
            return
        }
        if subscription.unknown.keys.contains(key) || (isHeld && name.type == .listener) {
            draft.removed.append(key)
        } else if isHeld {
            if subscription.leaving[key] == nil { subscription.leaving[key] = .init(revision: revision) }
        } else if subscription.mustSend.contains(key), !name.type.isNeverAnsweredAbsent {
            draft.removed.append(key)
        }
        subscription.mustSend.remove(key)
        subscription.quarantined[key] = nil
    }

    /// Whether the variant can say that a resource is gone: by its name, or by a whole set without it.
    private func canRemove(_ type: ResourceType) -> Bool { variant == .delta || isSentWhole(type) }
}
