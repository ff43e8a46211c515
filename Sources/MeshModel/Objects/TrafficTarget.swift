/// An SMI TrafficTarget: who may call a destination, and how.
public struct TrafficTarget: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.trafficTarget

    /// A source or the destination.
    public struct Subject: Hashable, Sendable {
        /// `kind` as written; only `ServiceAccount` has a meaning.
        public var kind: String
        /// The name of the ServiceAccount.
        public var name: String
        /// The namespace as written; `nil` means the object's own.
        public var namespace: String?

        /// A source or destination.
        public init(kind: String = "ServiceAccount", name: String, namespace: String? = nil) {
            self.kind = kind
            self.name = name
            self.namespace = namespace
        }
    }

    /// The kinds of objects that a rule may refer to.
    public enum RuleKind: String, Hashable, Sendable {
        case httpRouteGroup = "HTTPRouteGroup"
        case tcpRoute = "TCPRoute"
        /// Accepted by the API, allows nothing.
        case udpRoute = "UDPRoute"
    }

    /// A rule: what of a route object is allowed.
    public struct Rule: Hashable, Sendable {
        /// `kind` as written.
        public var kind: String
        /// The name of the route object in the target's namespace.
        public var name: String
        /// The names of the matches of an HTTPRouteGroup; `nil` or empty for all of them.
        public var matches: [String]?

        /// A rule.
        public init(kind: RuleKind, name: String, matches: [String]? = nil) {
            self.kind = kind.rawValue
            self.name = name
            self.matches = matches
        }

        /// What kind of object the rule refers to; `nil` for a kind that does not exist.
        public var routeKind: RuleKind? { RuleKind(rawValue: kind) }
    }

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// Who is called; `nil` where missing.
    public var destination: Subject?
    /// Who may call, in the order of the spec.
    public var sources: [Subject]
    /// What may be called, in the order of the spec.
    public var rules: [Rule]

    /// A traffic target with the given fields.
    public init(metadata: ObjectMetadata, destination: Subject?, sources: [Subject], rules: [Rule]) {
        self.metadata = metadata
        self.destination = destination
        self.sources = sources
        self.rules = rules
    }

    /// The identity of the destination, an omitted namespace taken as the object's own.
    public var destinationIdentity: ServiceIdentity? { destination.map(identity(of:)) }

    /// The identities of the sources: sorted, without duplicates.
    public var sourceIdentities: [ServiceIdentity] { Set(sources.map(identity(of:))).sorted() }

    private func identity(of subject: Subject) -> ServiceIdentity {
        ServiceIdentity(namespace: subject.namespace ?? metadata.namespace, serviceAccount: subject.name)
    }
}

extension TrafficTarget: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case destination, sources, rules }

    /// Reads a TrafficTarget of `access.smi-spec.io/v1alpha3`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            destination: try spec?.value(.destination), sources: try spec?.value(.sources) ?? [],
            rules: try spec?.value(.rules) ?? [])
    }
}

extension TrafficTarget.Subject: Decodable {
    private enum Key: String, CodingKey { case kind, name, namespace }

    /// Reads a source or destination; an empty namespace is an omitted one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let namespace: String = try fields.value(.namespace, or: "")
        self.init(
            kind: try fields.value(.kind, or: ""), name: try fields.value(.name, or: ""),
            namespace: namespace.isEmpty ? nil : namespace)
    }
}

extension TrafficTarget.Rule: Decodable {
    private enum Key: String, CodingKey { case kind, name, matches }

    /// Reads a rule.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        kind = try fields.value(.kind, or: "")
        name = try fields.value(.name, or: "")
        matches = try fields.value(.matches)
    }
}

extension TrafficTarget {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, destination: nil, sources: [], rules: [])
    }

    /// That there are a destination in the object's own namespace, sources and rules, and their kinds and names.
    ///
    /// A rule of kind UDPRoute is valid, though it allows nothing.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        if let destination {
            Self.check(destination, "spec.destination", &list)
            if let namespace = destination.namespace, namespace != metadata.namespace {
                list.add(
                    "spec.destination.namespace",
                    "`\(namespace)` is not the TrafficTarget's own namespace, `\(metadata.namespace)`: "
                        + "only who may edit a namespace opens it")
            }
        } else {
            list.add("spec.destination", "is missing: write the ServiceAccount that is called")
        }
        if sources.isEmpty { list.add("spec.sources", "is empty: list the ServiceAccounts that may call") }
        for (index, source) in sources.enumerated() {
            let path = "spec.sources[\(index)]"
            Self.check(source, path, &list)
            if let namespace = source.namespace {
                list.checkName(namespace, "\(path).namespace", isLabel: true)
            }
        }
        if rules.isEmpty { list.add("spec.rules", "is empty: list what may be called") }
        list.checkCount(rules.count, "spec.rules")
        for (index, rule) in rules.enumerated() {
            let path = "spec.rules[\(index)]"
            list.checkWord(rule.kind, "\(path).kind", oneOf: ["HTTPRouteGroup", "TCPRoute", "UDPRoute"])
            list.checkName(rule.name, "\(path).name")
            list.checkCount(rule.matches?.count ?? 0, "\(path).matches")
            for (position, match) in (rule.matches ?? []).enumerated() where match.isEmpty {
                list.add("\(path).matches[\(position)]", "is empty: write the name of a match, or leave it out")
            }
        }
        return list.problems
    }

    private static func check(_ subject: Subject, _ path: String, _ list: inout ProblemList) {
        list.checkWord(subject.kind, "\(path).kind", oneOf: ["ServiceAccount"])
        list.checkName(subject.name, "\(path).name")
    }
}
