/// An IngressBackend: which clients outside the mesh may call services of its namespace.
public struct IngressBackend: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.ingressBackend

    /// A port of a service that is opened.
    public struct Backend: Hashable, Sendable {
        /// The name of a Service in the object's namespace.
        public var service: String
        /// The number of the port in the service's pods (the target port).
        public var port: Int
        /// `port.protocol` as written; `http` and `https` have a meaning, in upper or lower case.
        public var portProtocol: String
        /// How TLS is spoken; `nil` if not written.
        public var tls: TLS?

        /// A port of a service.
        public init(service: String, port: Int, portProtocol: String = "http", tls: TLS? = nil) {
            self.service = service
            self.port = port
            self.portProtocol = portProtocol
            self.tls = tls
        }

        /// How clients speak to the port; `nil` for a word without a meaning.
        public var clientProtocol: ClientProtocol? { ClientProtocol(rawValue: portProtocol.lowercased()) }
        /// Whether clients must show a certificate: those of https, unless they need not.
        public var needsCertificate: Bool {
            clientProtocol == .https && tls?.skipClientCertValidation != true
        }
    }

    /// How clients speak to a port.
    public enum ClientProtocol: String, Hashable, Sendable {
        /// HTTP in plain text.
        case http
        /// HTTP over TLS.
        case https
    }

    /// How TLS is spoken at an https port.
    public struct TLS: Hashable, Sendable {
        /// Whether clients need no certificate.
        public var skipClientCertValidation: Bool
        /// The server names that are answered, exact or with a leading `*.`, as written; empty for any.
        public var sniHosts: [String]

        /// How TLS is spoken.
        public init(skipClientCertValidation: Bool = false, sniHosts: [String] = []) {
            self.skipClientCertValidation = skipClientCertValidation
            self.sniHosts = sniHosts
        }
    }

    /// What a source may be.
    public enum SourceKind: String, Hashable, Sendable {
        /// The addresses of a Service's endpoints, in whatever namespace of the cluster.
        case service = "Service"
        /// A range of addresses.
        case ipRange = "IPRange"
        /// The name in a client's certificate.
        case authenticatedPrincipal = "AuthenticatedPrincipal"
    }

    /// One who may call.
    public struct Source: Hashable, Sendable {
        /// `kind` as written.
        public var kind: String
        /// The name of the Service, the range in CIDR notation, or the name in the certificate.
        public var name: String
        /// The namespace of a Service; empty if not written.
        public var namespace: String

        /// One who may call.
        public init(kind: SourceKind, name: String, namespace: String = "") {
            self.kind = kind.rawValue
            self.name = name
            self.namespace = namespace
        }

        /// What the source is; `nil` for a word without a meaning.
        public var sourceKind: SourceKind? { SourceKind(rawValue: kind) }
    }

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// What is opened, in the order of the spec.
    public var backends: [Backend]
    /// Who may call, in the order of the spec.
    public var sources: [Source]
    /// Whether `matches` lists anything: it is accepted and means nothing.
    public var hasMatches: Bool

    /// An object with the given fields.
    public init(metadata: ObjectMetadata, backends: [Backend], sources: [Source], hasMatches: Bool = false) {
        self.metadata = metadata
        self.backends = backends
        self.sources = sources
        self.hasMatches = hasMatches
    }
}

extension IngressBackend {
    /// The ports that it opens, in the order of the spec; those whose numbers are none are left out.
    public var targets: [ServiceTargetPort] { backends.compactMap(target) }

    /// The port that a backend opens; `nil` if its number is none.
    public func target(of backend: Backend) -> ServiceTargetPort? {
        UInt16(exactly: backend.port).map {
            ServiceTargetPort(
                service: ObjectName(namespace: metadata.namespace, name: backend.service), targetPort: $0)
        }
    }

    /// The Services whose endpoints may call: sorted, without duplicates.
    public var sourceServices: [ObjectName] {
        Set(
            sources.filter { $0.sourceKind == .service }.map { ObjectName(namespace: $0.namespace, name: $0.name) }
        ).sorted()
    }

    /// The ranges whose addresses may call: sorted, without duplicates.
    public var sourceRanges: [IPRange] {
        Set(sources.filter { $0.sourceKind == .ipRange }.compactMap { IPRange($0.name) }).sorted()
    }

    /// The names in certificates by which clients may call: sorted, without duplicates.
    public var principals: [String] {
        Set(sources.filter { $0.sourceKind == .authenticatedPrincipal }.map(\.name)).sorted()
    }
}

extension IngressBackend: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case backends, sources, matches }
    /// An entry of `matches`, of whatever shape.
    private struct Ignored: Decodable { init(from _: any Decoder) {} }

    /// Reads an IngressBackend of `policy.openservicemesh.io/v1alpha1`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        let matches: [Ignored] = try spec?.value(.matches) ?? []
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            backends: try spec?.value(.backends) ?? [], sources: try spec?.value(.sources) ?? [],
            hasMatches: !matches.isEmpty)
    }
}

extension IngressBackend.Backend: Decodable {
    private enum Key: String, CodingKey { case name, port, tls }
    private enum PortKey: String, CodingKey {
        case number
        case portProtocol = "protocol"
    }

    /// Reads an entry of `spec.backends`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let port = try fields.object(.port, PortKey.self)
        self.init(
            service: try fields.value(.name, or: ""), port: try port?.value(.number) ?? 0,
            portProtocol: try port?.value(.portProtocol) ?? "", tls: try fields.value(.tls))
    }
}

extension IngressBackend.TLS: Decodable {
    private enum Key: String, CodingKey { case skipClientCertValidation, sniHosts }

    /// Reads `tls`; clients need a certificate unless it says otherwise.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            skipClientCertValidation: try fields.value(.skipClientCertValidation, or: false),
            sniHosts: try fields.value(.sniHosts, or: []))
    }
}

extension IngressBackend.Source: Decodable {
    private enum Key: String, CodingKey { case kind, name, namespace }

    /// Reads an entry of `spec.sources`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        kind = try fields.value(.kind, or: "")
        name = try fields.value(.name, or: "")
        namespace = try fields.value(.namespace, or: "")
    }
}
