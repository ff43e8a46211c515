extension DeltaStream {
    /// Takes up a request.
    ///
    /// - Returns: What it showed of earlier responses.
    /// - Throws: ``Violation`` if the proxy asks for more than any proxy needs; the stream must end.
    public mutating func receive(_ request: Request, now: Instant) throws(Violation) -> [Event] {
        let isFirst = types[request.type] == nil
        var subscription = types.removeValue(forKey: request.type) ?? TypeSubscription()
        defer { types[request.type] = subscription }
        let events = Self.answer(request, &subscription, now)
        if isFirst {
            subscription.isWildcard = request.subscribe.isEmpty && request.type.isWildcardByDefault
            subscription.isWholeViewPending = subscription.isWildcard
            subscription.known = request.initialVersions
            subscription.pending = Set(request.initialVersions.keys)
        }
        for name in request.unsubscribe { Self.unsubscribe(name, &subscription) }
        for name in request.subscribe {
            Self.subscribe(name, &subscription, isKnown: isFirst && request.initialVersions[name] != nil)
        }
        let names = subscription.subscribed.count + subscription.known.count
        guard names <= Self.maximumNames else {
            throw Violation(message: "follows \(names) names of \(request.type): more than \(Self.maximumNames)")
        }
        return events
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

    /// What a request says of the response under way.
    ///
    /// A stale nonce says nothing.
    private static func answer(
        _ request: Request, _ subscription: inout TypeSubscription, _ now: Instant
    ) -> [Event] {
        guard let inFlight = subscription.inFlight, inFlight.response.nonce == request.nonce else { return [] }
        subscription.inFlight = nil
        if let refusal = request.refusal { return refuse(inFlight.response, refusal, &subscription) }
        for resource in inFlight.response.resources {
            let name = resource.key.name.name
            subscription.unknown.remove(name)
            subscription.quarantined[name] = nil
            if subscription.follows(name) { subscription.known[name] = resource.version }
        }
        for name in inFlight.response.removed {
            subscription.unknown.remove(name)
            subscription.known[name] = nil
        }
        if inFlight.isComplete, subscription.retries.isEmpty {
            subscription.settled = max(subscription.settled, inFlight.response.revision)
        }
        return [.acknowledged(inFlight.response, after: inFlight.madeAt.duration(to: now))]
    }

    /// A refusal is of a response, not of a resource: Envoy may have taken up some of it.
    ///
    /// So nothing is known of its names until they were sent again, by halves, until the one that is refused is alone.
    private static func refuse(
        _ response: Response, _ reason: String, _ subscription: inout TypeSubscription
    ) -> [Event] {
        var events = [Event.refused(response, reason: reason)]
        let names = response.resources.map(\.key.name.name) + response.removed
        if names.count == 1, let resource = response.resources.first {
            subscription.quarantined[names[0]] = resource.version
            subscription.unknown.remove(names[0])
            events.append(.quarantined(resource, reason: reason))
        } else if names.count > 1 {
            subscription.unknown.formUnion(names)
            let half = names.count / 2
            subscription.retries.insert(contentsOf: [Array(names[..<half]), Array(names[half...])], at: 0)
        }
        return events
    }
}
