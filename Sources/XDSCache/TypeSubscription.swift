/// What one stream knows of one type of resource.
struct TypeSubscription: Sendable {
    /// A response that was not answered yet.
    struct InFlight: Sendable {
        let response: ProxyStream.Response
        let madeAt: ProxyStream.Instant
        /// Whether everything that was pending is in it, so that its acknowledgement settles its revision.
        let isComplete: Bool
    }

    /// A resource that the proxy does without, and why.
    struct Refused: Sendable {
        let resource: Resource
        let reason: String
    }

    /// A resource that left the view and that the proxy still has.
    struct Departure: Sendable {
        /// The revision at which that was seen.
        let revision: Revision
        /// Since when nothing that the proxy acknowledged refers to it; `nil` while something may.
        var since: ProxyStream.Instant?
    }

    var isWildcard = false
    /// Whether any name was ever named, so that no names means none.
    var hasNamed = false
    var subscribed: Set<String> = []
    /// What the proxy has, by its own word.
    var known: [String: Edition] = [:]
    /// The same resources, where responses hold the whole set; their bytes are shared with the cache.
    var whole: [String: Resource] = [:]
    /// Names that may differ from what the proxy has.
    var pending: Set<String> = []
    /// Whether any name of the view may differ.
    var isWholeViewPending = false
    /// Names that are sent even if the proxy has them.
    var mustSend: Set<String> = []
    /// Names in refused responses, of which nobody knows whether the proxy took them up.
    ///
    /// `nil` for a refused removal.
    var unknown: [String: Refused?] = [:]
    /// Parts of refused responses, to be sent again one after the other.
    var retries: [[String]] = []
    /// Resources that were refused alone.
    var quarantined: [String: Refused] = [:]
    /// Resources that are not sent because they would point to a cluster in quarantine.
    var blocked: [String: Refused] = [:]
    /// Resources that left the view and shall be removed later.
    var leaving: [String: Departure] = [:]
    /// Whether the first request has had no response yet.
    var isAnswerDue = true
    var inFlight: InFlight?
    /// The revision up to which everything was acknowledged.
    var settled: Revision

    init(settled: Revision) { self.settled = settled }

    /// Whether the proxy has everything that it follows, removals that wait and what it refuses aside.
    var isSettled: Bool {
        inFlight == nil && retries.isEmpty && pending.isEmpty && !isWholeViewPending && !isAnswerDue
    }

    /// Whether nothing is to be sent, whatever is in the view.
    var hasNothingToSay: Bool {
        inFlight != nil
            || pending.isEmpty && blocked.isEmpty && leaving.isEmpty && retries.isEmpty && !isWholeViewPending
                && !isAnswerDue
    }

    /// Whether ``refusals`` is empty.
    var refusesNothing: Bool { quarantined.isEmpty && blocked.isEmpty && unknown.isEmpty }

    /// What the proxy refuses.
    var refusals: [Refusal] {
        quarantined.values.map { Refusal($0, isAlone: true) } + blocked.values.map { Refusal($0, isAlone: true) }
            + unknown.values.compactMap { $0 }.map { Refusal($0, isAlone: false) }
    }

    /// The first moment since when something waits to be removed; `nil` if nothing does.
    var firstDeparture: ProxyStream.Instant? { leaving.isEmpty ? nil : leaving.values.compactMap(\.since).min() }

    /// Whether the proxy follows a name.
    func follows(_ name: String) -> Bool { isWildcard || subscribed.contains(name) }

    /// Whether no name is followed, so that nothing will be sent.
    var followsNothing: Bool { !isWildcard && subscribed.isEmpty }

    /// Awaits nothing if what is under way has no content.
    ///
    /// Of a whole set or a part of one: Envoy is silent on an empty answer when nothing in it waits for the type.
    mutating func letGoOfEmptyAnswer() {
        guard let response = inFlight?.response, response.content.isEmpty else { return }
        inFlight = nil
        for name in response.removed { drop(name) }
    }

    /// The proxy has taken up a resource.
    mutating func take(_ resource: Resource, keepsWhole: Bool) {
        let name = resource.key.name.name
        unknown[name] = nil
        quarantined[name] = nil
        guard follows(name) else { return }
        hold(resource)
        if keepsWhole { whole[name] = resource }
    }

    /// Notes that the proxy has a resource, in the words of the resource: what the proxy wrote is not kept beside them.
    mutating func hold(_ resource: Resource) {
        let name = resource.key.name.name
        if known[name]?.references == nil { known[name] = nil }
        known[name] = resource.edition
        if subscribed.contains(name) { subscribed.update(with: name) }
    }

    /// Gives back the room of sets that are empty: most of the time they are.
    mutating func giveBackRoom() {
        if mustSend.isEmpty { mustSend = [] }
        if pending.isEmpty { pending = [] }
        if leaving.isEmpty { leaving = [:] }
    }

    /// The proxy has it no more.
    mutating func drop(_ name: String) {
        unknown[name] = nil
        known[name] = nil
        whole[name] = nil
    }

    /// Forgets a name that the proxy does not follow any more.
    mutating func forget(_ name: String) {
        drop(name)
        pending.remove(name)
        mustSend.remove(name)
        quarantined[name] = nil
        blocked[name] = nil
        leaving[name] = nil
    }
}

extension ResourceType {
    /// The types of resources that may refer to resources of this type.
    var referrers: [ResourceType] {
        switch self {
        case .cluster: [.listener, .route, .extension]
        case .endpoints: [.cluster]
        case .secret: [.cluster, .listener]
        case .route, .extension: [.listener]
        default: []
        }
    }

    /// Whether an empty first subscription means all resources of the type.
    var isWildcardByDefault: Bool { self == .cluster || self == .listener }

    /// Whether a resource of this type must not name a cluster before the proxy has it.
    var waitsForClusters: Bool { self == .route || self == .listener || self == .extension }

    /// Whether "does not exist" would do harm as an answer: the listener that names the resource would wait for ever.
    var isNeverAnsweredAbsent: Bool { self == .route || self == .extension }

    /// Whether a resource stays with the proxy for as long as it follows the name, though it left the view.
    ///
    /// A filter chain that was replaced ends its connections one by one and asks its filters' settings to the last.
    /// Without them Envoy answers 500 (flag NFCF). When the last such chain is gone, Envoy unsubscribes.
    var isKeptWhileFollowed: Bool { self == .extension }
}
