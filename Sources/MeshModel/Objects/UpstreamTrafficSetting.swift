/// How a service or an external host is connected to, and how much of it (the original's kind, with additions).
///
/// For a Service of the mesh the oldest setting of a host holds; for an external host an Egress refers to it.
public struct UpstreamTrafficSetting: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.upstreamTrafficSetting

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// The host as written: a Service of the setting's namespace in any spelling (``service``), or an external host.
    public var host: String
    /// How clients connect; `nil` for no limits.
    public var connectionSettings: ConnectionSettings?
    /// When clients leave out an endpoint that fails; `nil` for never (not in the original).
    public var outlierDetection: OutlierDetection?
    /// How clients check endpoints; `nil` for not at all (not in the original).
    public var healthCheck: HealthCheck?
    /// How clients choose among endpoints; `nil` for one after the other (not in the original).
    public var loadBalancing: LoadBalancing?
    /// How many requests of a client may be retries; `nil` for any number (not in the original).
    public var retryBudget: RetryBudget?
    /// How much the service takes; `nil` for any amount.
    public var rateLimit: RateLimit?
    /// Limits of single routes of the service, in the order of the spec.
    public var httpRoutes: [HTTPRoute]

    /// A setting that sets nothing.
    public init(metadata: ObjectMetadata, host: String) {
        self.metadata = metadata
        self.host = host
        httpRoutes = []
    }

    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, host: "")
    }

    /// The Service that ``host`` names; `nil` if it names no Service of the setting's namespace.
    ///
    /// Accepts `svc`, `svc.ns`, `svc.ns.svc`, `svc.ns.svc.cluster` and `svc.ns.svc.cluster.local`, in any case.
    public var service: ObjectName? {
        let labels = hostLabels
        guard let name = labels.first, DNSName.isLabel(name), labels.count <= 5 else { return nil }
        let expected = [metadata.namespace] + Self.clusterLabels
        guard Array(labels.dropFirst()) == Array(expected.prefix(labels.count - 1)) else { return nil }
        return ObjectName(namespace: metadata.namespace, name: name)
    }

    /// What the host of a Service ends with, behind its namespace.
    static let clusterLabels = ["svc", "cluster", "local"]

    /// The labels of the host, in lower case.
    var hostLabels: [String] {
        host.lowercased().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
}

extension UpstreamTrafficSetting: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey {
        case host, connectionSettings, outlierDetection, healthCheck, loadBalancing, retryBudget, rateLimit, httpRoutes
    }

    /// Reads an UpstreamTrafficSetting of `policy.openservicemesh.io/v1alpha1`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata), host: try spec?.value(.host) ?? "")
        connectionSettings = try spec?.value(.connectionSettings)
        outlierDetection = try spec?.value(.outlierDetection)
        healthCheck = try spec?.value(.healthCheck)
        loadBalancing = try spec?.value(.loadBalancing)
        retryBudget = try spec?.value(.retryBudget)
        rateLimit = try spec?.value(.rateLimit)
        httpRoutes = try spec?.value(.httpRoutes) ?? []
    }
}

/// A duration as an object has it: the text, and what it means.
public struct WrittenDuration: Hashable, Sendable, Decodable {
    /// The text, in Go's spelling; empty stands for none.
    public let text: String
    /// The time; `nil` if the text is empty or spells none.
    public let duration: Duration?

    /// A duration by its text.
    public init(_ text: String) {
        self.text = text
        duration = GoDuration(text)?.duration
    }

    /// Reads the text; whether it is a duration is for `validate()` to say.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
}
