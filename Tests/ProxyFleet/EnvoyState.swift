/// What a proxy has and asks for: a response in, requests out, as Envoy does on the aggregated stream.
///
/// Clusters first; when all of them have what they wait for, listeners; by name what these refer to. From then on the
/// acknowledgement of clusters is withheld until they have their endpoints and secrets again.
struct EnvoyState {
    /// What it has of a type.
    struct Subscription {
        /// Versions by name.
        var held: [Int32: Int32] = [:]
        /// How many of its resources refer to a name.
        var wanted: [Int32: Int32] = [:]
        /// Names that are asked for (true) or no more (false) since the last request.
        var changes: [Int32: Bool] = [:]
        var isRequested = false
        var isAnswered = false
        /// Of the last response.
        var (nonce, version) = ("", "")
    }

    let variant: Variant
    private(set) var types = ResourceKind.allCases.map { _ in Subscription() }
    /// How many names are asked for and not there.
    private(set) var missing = 0
    /// What clusters wait for that were sent.
    private var awaited: Set<Reference> = []
    /// Whether all clusters had once what they wait for.
    private var isInitialized = false
    /// The nonce of the response with clusters whose acknowledgement is withheld.
    private var withheld: String?

    /// The name that stands for all clusters, beside those that it asks for by name.
    private let wildcard: Int32?

    init(_ variant: Variant, wildcard: Int32? = nil) {
        self.variant = variant
        self.wildcard = wildcard
    }

    /// Whether everything that it asks for has arrived on this stream, or was there before.
    var isSettled: Bool {
        isInitialized && missing == 0 && awaited.isEmpty && self[.listener].isAnswered
            && types.allSatisfy { $0.isRequested == $0.isAnswered }
    }

    subscript(_ kind: ResourceKind) -> Subscription {
        get { types[kind.rawValue] }
        _modify { yield &types[kind.rawValue] }
    }

    /// The requests with which a stream begins.
    mutating func begin() -> [Request] {
        awaited = []
        withheld = nil
        for kind in ResourceKind.allCases {
            self[kind].changes = [:]
            (self[kind].isRequested, self[kind].isAnswered, self[kind].nonce) = (false, false, "")
        }
        return ResourceKind.allCases.compactMap { kind in
            isDue(kind) ? firstRequest(kind) : nil
        }
    }

    /// Takes up a response.
    mutating func receive(_ response: Response, _ catalogue: Catalogue) -> [Request] {
        let kind = response.kind
        self[kind].isAnswered = true
        (self[kind].nonce, self[kind].version) = (response.nonce, response.version)
        for arrival in response.arrivals { take(arrival, kind, catalogue) }
        var gone = response.removed
        if variant == .stateOfTheWorld, kind.isWildcard, self[kind].held.count > response.arrivals.count {
            gone = Set(self[kind].held.keys).subtracting(response.arrivals.map(\.name)).sorted()
        }
        for name in gone { drop(name, kind, catalogue) }
        var acknowledged: Set<ResourceKind> = []
        if kind == .cluster, isInitialized, !awaited.isEmpty {
            withheld = response.nonce
        } else {
            acknowledged.insert(kind)
        }
        if awaited.isEmpty, self[.cluster].isAnswered {
            isInitialized = true
            if withheld != nil { acknowledged.insert(.cluster) }
            withheld = nil
        }
        return ResourceKind.allCases.compactMap { request($0, isAnswer: acknowledged.contains($0)) }
    }

    /// Asks for a cluster by its name, for a connection that waits for it.
    mutating func ask(for cluster: Int32) -> [Request] {
        guard self[.cluster].isRequested, self[.cluster].wanted[cluster] == nil else { return [] }
        want(Reference(kind: .cluster, name: cluster))
        return [request(.cluster, isAnswer: false)].compactMap(\.self)
    }

    /// Refuses a response as a whole: nothing of it is taken up.
    mutating func refuse(_ response: Response, naming name: String) -> Request {
        self[response.kind].isAnswered = true
        var request = Request(kind: response.kind, nonce: response.nonce)
        request.refusal = "Error adding/updating \(response.kind) \(name): refused by the fleet"
        if variant == .stateOfTheWorld {
            request.version = self[response.kind].version
            request.subscribe = names(of: response.kind)
        }
        return request
    }

    private mutating func take(_ arrival: Response.Arrival, _ kind: ResourceKind, _ catalogue: Catalogue) {
        let name = arrival.name
        let former = self[kind].held.updateValue(arrival.version, forKey: name)
        if former == nil, self[kind].wanted[name] != nil { missing -= 1 }
        guard kind.isWildcard else {
            awaited.remove(Reference(kind: kind, name: name))
            return
        }
        let references = catalogue.references(kind, name, arrival.version)
        for reference in references {
            want(reference)
            guard kind == .cluster else { continue }
            // Envoy warms a cluster on endpoints that come after it, though it may have them.
            if reference.kind == .endpoints || self[reference.kind].held[reference.name] == nil {
                awaited.insert(reference)
            }
        }
        if let former { catalogue.references(kind, name, former).forEach { release($0) } }
    }

    private mutating func drop(_ name: Int32, _ kind: ResourceKind, _ catalogue: Catalogue) {
        guard let former = self[kind].held.removeValue(forKey: name) else { return }
        if self[kind].wanted[name] != nil { missing += 1 }
        catalogue.references(kind, name, former).forEach { release($0) }
    }

    private mutating func want(_ reference: Reference) {
        let count = self[reference.kind].wanted[reference.name, default: 0]
        self[reference.kind].wanted[reference.name] = count + 1
        guard count == 0 else { return }
        self[reference.kind].changes[reference.name] = true
        if self[reference.kind].held[reference.name] == nil { missing += 1 }
    }

    private mutating func release(_ reference: Reference) {
        guard let count = self[reference.kind].wanted[reference.name] else { return }
        self[reference.kind].wanted[reference.name] = count > 1 ? count - 1 : nil
        guard count == 1 else { return }
        // A name that was never asked for needs no word.
        let wasNew = self[reference.kind].changes.removeValue(forKey: reference.name) == true
        if !wasNew { self[reference.kind].changes[reference.name] = false }
        if self[reference.kind].held.removeValue(forKey: reference.name) == nil { missing -= 1 }
        awaited.remove(reference)
    }

    /// Whether a type is to be asked for.
    private func isDue(_ kind: ResourceKind) -> Bool {
        switch kind {
        case .cluster: true
        case .listener: isInitialized
        default: !self[kind].wanted.isEmpty
        }
    }

    private mutating func firstRequest(_ kind: ResourceKind) -> Request {
        self[kind].isRequested = true
        self[kind].changes = [:]
        var request = Request(kind: kind)
        request.subscribe = names(of: kind)
        switch variant {
        case .delta: request.versions = self[kind].held
        case .stateOfTheWorld: request.version = self[kind].version
        }
        return request
    }

    private mutating func request(_ kind: ResourceKind, isAnswer: Bool) -> Request? {
        guard self[kind].isRequested else { return isDue(kind) ? firstRequest(kind) : nil }
        let changes = self[kind].changes
        guard isAnswer || !changes.isEmpty else { return nil }
        self[kind].changes = [:]
        var request = Request(kind: kind)
        switch variant {
        case .delta:
            // A change of the subscription by itself answers nothing.
            request.nonce = isAnswer ? self[kind].nonce : ""
            request.subscribe = changes.filter(\.value).keys.sorted()
            request.unsubscribe = changes.filter { !$0.value }.keys.sorted()
        case .stateOfTheWorld:
            request.nonce = self[kind].nonce
            request.version = self[kind].version
            request.subscribe = names(of: kind)
        }
        return request
    }

    /// All that it asks for of a type; nothing stands for all that there is.
    private func names(of kind: ResourceKind) -> [Int32] {
        let names = self[kind].wanted.keys.sorted()
        return kind.isWildcard && !names.isEmpty ? names + [wildcard].compactMap(\.self) : names
    }
}
