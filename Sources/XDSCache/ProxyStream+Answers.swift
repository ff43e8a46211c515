extension ProxyStream {
    /// What a request says of the response under way, and what the proxy has otherwise by it.
    ///
    /// A stale nonce says nothing.
    func answer(
        _ request: Request, _ subscription: inout TypeSubscription, _ now: Instant
    ) -> ([Event], [Taken]) {
        guard let inFlight = subscription.inFlight, inFlight.response.nonce == request.nonce else { return ([], []) }
        let response = inFlight.response
        subscription.inFlight = nil
        if let refusal = request.refusal {
            // Envoy may quote what it was sent.
            let reason =
                response.type == .secret
                ? "[redacted: it may hold a key; the proxy's own log has it]" : refusal
            return refuse(response, reason, quoting: refusal, &subscription)
        }
        var taken: [Taken] = []
        for resource in response.resources {
            let name = resource.key.name
            taken.append(
                Taken(name: name, former: subscription.known[name.name]?.references, references: resource.references))
            subscription.take(resource, keepsWhole: isSentWhole(response.type))
        }
        for name in response.removed {
            let former = subscription.known[name]?.references
            taken.append(Taken(name: ResourceName(response.type, name), former: former, references: []))
            subscription.drop(name)
        }
        if inFlight.isComplete, subscription.retries.isEmpty {
            subscription.settled = max(subscription.settled, response.revision)
        }
        return ([.acknowledged(response, after: inFlight.madeAt.duration(to: now))], taken)
    }

    /// A refusal is of a response, not of a resource: Envoy may have taken up some of it.
    ///
    /// So nothing is known of its names until they were sent again, by halves, until the one that is refused is alone.
    ///
    /// - Parameter words: The proxy's own.
    private func refuse(
        _ response: Response, _ reason: String, quoting words: String, _ subscription: inout TypeSubscription
    ) -> ([Event], [Taken]) {
        var events = [Event.refused(response, reason: reason)]
        let names = response.resources.map(\.key.name.name) + response.removed
        if names.count == 1, let resource = response.resources.first {
            subscription.unknown[names[0]] = nil
            subscription.quarantined[names[0]] = TypeSubscription.Refused(resource: resource, reason: reason)
            events.append(.quarantined(resource, reason: reason))
            // The stream passes over it.
            return (events, [Taken(name: resource.key.name, former: [], references: [])])
        }
        if names.count > 1 {
            for name in response.removed { subscription.unknown[name] = .some(nil) }
            for resource in response.resources {
                let refused = TypeSubscription.Refused(resource: resource, reason: reason)
                subscription.unknown[resource.key.name.name] = refused
            }
            subscription.retries.insert(contentsOf: parts(of: names, response.type, words), at: 0)
        }
        return (events, [])
    }

    /// The parts of a refused response that are tried one after the other.
    ///
    /// A whole set without the other half would take that away from a proxy that has it from an earlier stream. So there
    /// all goes first that the proxy does not speak of.
    private func parts(of names: [String], _ type: ResourceType, _ words: String) -> [[String]] {
        if isSentWhole(type) {
            let named = names.filter { words.contains($0) }
            if !named.isEmpty, named.count < names.count {
                return [names.filter { !named.contains($0) }, named]
            }
        }
        let half = names.count / 2
        return [Array(names[..<half]), Array(names[half...])]
    }

    /// Whether a response of a type holds the whole set.
    ///
    /// Of secrets, too: they are few, and Envoy minds an answer without the one that it waits for.
    func isSentWhole(_ type: ResourceType) -> Bool {
        variant == .stateOfTheWorld && (type == .cluster || type == .listener || type == .secret)
    }
}
