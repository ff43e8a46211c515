/// What workloads may call outside of the mesh (the original's kind).
public struct Egress: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.egress

    /// One who may call.
    public struct Source: Hashable, Sendable {
        /// `kind` as written; only `ServiceAccount` has a meaning.
        public var kind: String
        /// The name of the ServiceAccount.
        public var name: String
        /// Its namespace; empty where missing.
        public var namespace: String

        /// A source.
        public init(kind: String = "ServiceAccount", name: String, namespace: String) {
            self.kind = kind
            self.name = name
            self.namespace = namespace
        }
    }

    /// What is spoken on a port outside of the mesh.
    public enum PortProtocol: String, CaseIterable, Hashable, Sendable {
        /// HTTP/1.1 or HTTP/2 without TLS: requests are told apart by their host.
        case http
        /// TLS: connections are told apart by the server name that the client asks for.
        case https
        /// Bytes, of which the client sends the first.
        case tcp
        /// Bytes, of which the server may send the first.
        case tcpServerFirst = "tcp-server-first"

        /// The protocol that a word spells, in upper or lower case; `nil` for none.
        public init?(word: String) { self.init(rawValue: word.lowercased()) }

        /// Whether it can be told only by the first bytes that a client sends.
        public var isInspected: Bool { self == .http || self == .https }
    }

    /// A port that may be called.
    public struct Port: Hashable, Sendable {
        /// Its number as written.
        public var number: Int
        /// `protocol` as written.
        public var protocolName: String

        /// A port.
        public init(number: Int, protocolName: String) {
            self.number = number
            self.protocolName = protocolName
        }

        /// What is spoken on it; `nil` for a word without a meaning.
        public var portProtocol: PortProtocol? { PortProtocol(word: protocolName) }
    }

    /// A reference to an object of the policy's namespace.
    public struct Reference: Hashable, Sendable {
        /// Group and version as written.
        public var apiGroup: String
        /// `kind` as written.
        public var kind: String
        /// The object's name.
        public var name: String

        /// A reference.
        public init(apiGroup: String, kind: String, name: String) {
            self.apiGroup = apiGroup
            self.kind = kind
            self.name = name
        }

        /// A reference to requests.
        public static func routeGroup(_ name: String) -> Reference {
            Reference(apiGroup: Egress.routeGroupVersion, kind: ObjectKind.httpRouteGroup.rawValue, name: name)
        }

        /// A reference to how hosts are connected to.
        public static func trafficSetting(_ name: String) -> Reference {
            Reference(apiGroup: Egress.settingVersion, kind: ObjectKind.upstreamTrafficSetting.rawValue, name: name)
        }

        /// The kind of object that is meant; `nil` for one that has no meaning here.
        public var objectKind: ObjectKind? {
            switch (apiGroup, kind) {
            case (Egress.routeGroupVersion, ObjectKind.httpRouteGroup.rawValue): .httpRouteGroup
            case (Egress.settingVersion, ObjectKind.upstreamTrafficSetting.rawValue): .upstreamTrafficSetting
            default: nil
            }
        }
    }

    /// The group and version by which an HTTPRouteGroup is referred to.
    static let routeGroupVersion = "specs.smi-spec.io/v1alpha4"
    /// The group and version by which an UpstreamTrafficSetting is referred to.
    static let settingVersion = "policy.openservicemesh.io/v1alpha1"

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// Who may call.
    public var sources: [Source]
    /// The hosts that may be called on http and https ports, as written; `*.` first stands for every name below.
    public var hosts: [String]
    /// The ranges of addresses that may be called on https and tcp ports, in CIDR notation; empty for all.
    public var ipAddresses: [String]
    /// The ports, in the order of the spec.
    public var ports: [Port]
    /// Which requests are meant, and how hosts are connected to.
    public var matches: [Reference]

    /// A policy with the given fields.
    public init(
        metadata: ObjectMetadata, sources: [Source], hosts: [String] = [], ipAddresses: [String] = [], ports: [Port],
        matches: [Reference] = []
    ) {
        self.metadata = metadata
        self.sources = sources
        self.hosts = hosts
        self.ipAddresses = ipAddresses
        self.ports = ports
        self.matches = matches
    }

    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, sources: [], ports: [])
    }
}

extension Egress {
    /// The identities of the sources: sorted, without duplicates.
    public var sourceIdentities: [ServiceIdentity] {
        Set(sources.map { ServiceIdentity(namespace: $0.namespace, serviceAccount: $0.name) }).sorted()
    }

    /// The hosts in lower case, addresses in their shortest spelling: sorted, without duplicates.
    public var hostNames: [String] {
        Set(hosts.map { IPAddress($0)?.description ?? $0.lowercased() }).sorted()
    }

    /// The ranges of addresses in their shortest spelling: sorted, without duplicates.
    public var ranges: [IPRange] { Set(ipAddresses.compactMap { IPRange($0)?.canonical }).sorted() }

    /// The HTTPRouteGroups of which requests must match one: in the order of the spec, without duplicates.
    ///
    /// Empty if every request is meant.
    public var routeGroups: [ObjectName] { names(of: .httpRouteGroup) }

    /// The UpstreamTrafficSetting by which hosts are connected to; `nil` for none.
    public var trafficSetting: ObjectName? { names(of: .upstreamTrafficSetting).first }

    private func names(of kind: ObjectKind) -> [ObjectName] {
        var seen: Set<String> = []
        return matches.filter { $0.objectKind == kind && seen.insert($0.name).inserted }
            .map { ObjectName(namespace: metadata.namespace, name: $0.name) }
    }
}

extension Egress: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case sources, hosts, ipAddresses, ports, matches }

    /// Reads an Egress of `policy.openservicemesh.io/v1alpha1`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            sources: try spec?.value(.sources) ?? [], hosts: try spec?.value(.hosts) ?? [],
            ipAddresses: try spec?.value(.ipAddresses) ?? [], ports: try spec?.value(.ports) ?? [],
            matches: try spec?.value(.matches) ?? [])
    }
}

extension Egress.Source: Decodable {
    private enum Key: String, CodingKey { case kind, name, namespace }

    /// Reads a source.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            kind: try fields.value(.kind, or: ""), name: try fields.value(.name, or: ""),
            namespace: try fields.value(.namespace, or: ""))
    }
}

extension Egress.Port: Decodable {
    private enum Key: String, CodingKey {
        case number
        case protocolName = "protocol"
    }

    /// Reads a port.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(number: try fields.value(.number, or: 0), protocolName: try fields.value(.protocolName, or: ""))
    }
}

extension Egress.Reference: Decodable {
    private enum Key: String, CodingKey { case apiGroup, kind, name }

    /// Reads a reference.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            apiGroup: try fields.value(.apiGroup, or: ""), kind: try fields.value(.kind, or: ""),
            name: try fields.value(.name, or: ""))
    }
}
