/// What one stream knows of one type of resource.
struct TypeSubscription: Sendable {
    /// A response that was not answered yet.
    struct InFlight: Sendable {
        let response: DeltaStream.Response
        let madeAt: DeltaStream.Instant
        /// Whether everything that was pending is in it, so that its acknowledgement settles its revision.
        let isComplete: Bool
    }

    /// A resource that left the view and that the proxy still has.
    struct Departure: Sendable {
        /// The revision at which that was seen.
        let revision: Revision
        /// Since when nothing that the proxy acknowledged refers to it; `nil` while something may.
        var since: DeltaStream.Instant?
    }

    var isWildcard = false
    var subscribed: Set<String> = []
    /// What the proxy has, by its own word: versions by name.
    var known: [String: String] = [:]
    /// Names that may differ from what the proxy has.
    var pending: Set<String> = []
    /// Whether any name of the view may differ.
    var isWholeViewPending = false
    /// Names that are sent even if the proxy has them.
    var mustSend: Set<String> = []
    /// Names in refused responses: whether the proxy took them up is not known.
    var unknown: Set<String> = []
    /// Parts of refused responses, to be sent again one after the other.
    var retries: [[String]] = []
    /// Resources that were refused alone, by the version that was.
    var quarantined: [String: String] = [:]
    /// Resources that left the view and shall be removed later.
    var leaving: [String: Departure] = [:]
    /// Whether the first request has had no response yet.
    var isAnswerDue = true
    var inFlight: InFlight?
    /// The revision up to which everything was acknowledged.
    var settled: Revision = 0

    /// Whether the proxy has everything that it follows, removals that wait aside.
    var isSettled: Bool {
        inFlight == nil && retries.isEmpty && pending.isEmpty && !isWholeViewPending && !isAnswerDue
    }

    /// Whether the proxy follows a name.
    func follows(_ name: String) -> Bool { isWildcard || subscribed.contains(name) }

    /// Forgets a name that the proxy does not follow any more.
    mutating func forget(_ name: String) {
        known[name] = nil
        pending.remove(name)
        mustSend.remove(name)
        unknown.remove(name)
        quarantined[name] = nil
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
}
