extension ProxyStream {
    /// Takes up a request.
    ///
    /// - Returns: What it showed of earlier responses.
    /// - Throws: ``Violation`` if the proxy asks for more than any proxy needs; the stream must end.
    public mutating func receive(_ request: Request, now: Instant) throws(Violation) -> [Event] {
        let isFirst = !types.isRequested(request.type)
        try Self.limit(request.interest, of: request.type)
        // What is awaited of a type keeps the stream back until it is requested; from then on the type does.
        var subscription = types.take(request.type) ?? TypeSubscription(settled: acknowledged)
        let before = subscription.settled
        var (events, taken) = answer(request, &subscription, now)
        let asked = Self.asked(by: request, subscription, isFirst: isFirst)
        if !asked.isEmpty {
            events.append(.asked(asked))
            unchecked.formUnion(asked.map { ResourceName.onDemandCluster(at: $0).name })
        }
        if request.type == .cluster, subscription.inFlight == nil { warming = [:] }
        if isFirst { forgetLettingGo(of: request.type) }
        defer {
            subscription.giveBackRoom()
            types.put(&subscription, request.type)
            for change in taken { noteReferences(of: change, since: before + 1) }
            if awaited.isEmpty { awaited = [:] }
        }
        switch request.interest {
        case .changes(let subscribe, let unsubscribe, let initialVersions):
            try Self.limit(subscribe.count + initialVersions.count, of: request.type)
            if isFirst {
                subscription.isWildcard = subscribe.isEmpty && request.type.isWildcardByDefault
                subscription.isWholeViewPending = subscription.isWildcard
                subscription.known = initialVersions.mapValues { .init(version: $0, references: nil) }
                subscription.pending = Set(initialVersions.keys)
            }
            for name in unsubscribe { Self.unsubscribe(name, &subscription) }
            for name in subscribe {
                Self.subscribe(name, &subscription, isKnown: isFirst && initialVersions[name] != nil)
            }
        case .names(let names):
            try Self.limit(names.count, of: request.type)
            Self.follow(names, &subscription, request.type)
            if subscription.followsNothing { subscription.letGoOfEmptyAnswer() }
        }
        try Self.limit(subscription.subscribed.count + subscription.known.count, of: request.type)
        return events
    }

    private static func limit(_ interest: Request.Interest, of type: ResourceType) throws(Violation) {
        func isLong(_ text: String) -> Bool { text.utf8.count > maximumName }
        let hasLong =
            switch interest {
            case .changes(let subscribe, let unsubscribe, let versions):
                subscribe.contains(where: isLong) || unsubscribe.contains(where: isLong)
                    || versions.contains { isLong($0.key) || isLong($0.value) }
            case .names(let names): names.contains(where: isLong)
            }
        if hasLong { throw Violation(message: "names a \(type) with more than \(maximumName) bytes") }
    }

    private static func limit(_ names: Int, of type: ResourceType) throws(Violation) {
        guard names <= maximumNames else {
            throw Violation(message: "follows \(names) names of \(type): more than \(maximumNames)")
        }
    }

    /// Makes the names that are followed equal to a list.
    ///
    /// An empty list means all clusters or listeners until a name was named, then none.
    private static func follow(_ names: [String], _ subscription: inout TypeSubscription, _ type: ResourceType) {
        subscription.hasNamed = subscription.hasNamed || !names.isEmpty
        var wanted = Set(names)
        if !subscription.hasNamed && type.isWildcardByDefault { wanted.insert("*") }
        let present = subscription.subscribed.union(subscription.isWildcard ? ["*"] : [])
        for name in present.subtracting(wanted) { unsubscribe(name, &subscription) }
        for name in wanted.subtracting(present) { subscribe(name, &subscription, isKnown: false) }
    }

    private static func subscribe(_ name: String, _ subscription: inout TypeSubscription, isKnown: Bool) {
        if name == "*" {
            subscription.isWildcard = true
            subscription.isWholeViewPending = true
            return
        }
        subscription.subscribed.insert(name)
        subscription.pending.insert(name)
        // Who asks again has lost it, or never had it.
        if !isKnown { subscription.mustSend.insert(name) }
    }

    private static func unsubscribe(_ name: String, _ subscription: inout TypeSubscription) {
        if name == "*" {
            subscription.isWildcard = false
            subscription.isWholeViewPending = false
            for name in Set(subscription.known.keys).union(subscription.pending)
            where !subscription.subscribed.contains(name) {
                subscription.forget(name)
            }
            return
        }
        guard subscription.subscribed.remove(name) != nil else { return }
        if subscription.isWildcard {
            // The proxy waits to hear whether the wildcard still covers the name.
            subscription.pending.insert(name)
            subscription.mustSend.insert(name)
        } else {
            subscription.forget(name)
        }
    }
}
