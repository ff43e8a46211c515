/// A Telemetry: what the proxies of pods log.
///
/// It is for the pods of its namespace, or of the whole mesh if it stands in the controller's namespace; with a
/// selector only for those with its labels.
public struct Telemetry: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.telemetry

    /// What is logged, and where to.
    public struct AccessLog: Hashable, Sendable {
        /// The format, as written: a JSON object or a text; `nil` for the mesh's own fields.
        public var format: String?
        /// A collector that also gets the log; `nil` for none.
        public var openTelemetry: OpenTelemetry?

        /// An access log.
        public init(format: String? = nil, openTelemetry: OpenTelemetry? = nil) {
            self.format = format
            self.openTelemetry = openTelemetry
        }
    }

    /// A collector of logs.
    public struct OpenTelemetry: Hashable, Sendable {
        /// The ExtensionService that says where it is.
        public var extensionService: ObjectName
        /// What else is sent with each entry, by name; the values are format strings.
        public var attributes: [String: String]

        /// A collector.
        public init(extensionService: ObjectName, attributes: [String: String] = [:]) {
            self.extensionService = extensionService
            self.attributes = attributes
        }
    }

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// The labels that a pod must have; empty for every pod.
    public var selector: [String: String]
    /// What is logged; `nil` for what is logged without a Telemetry.
    public var accessLog: AccessLog?

    /// A Telemetry with the given fields.
    public init(metadata: ObjectMetadata, selector: [String: String] = [:], accessLog: AccessLog? = nil) {
        self.metadata = metadata
        self.selector = selector
        self.accessLog = accessLog
    }

    /// Whether the selector holds for a pod's labels; true without a selector.
    public func selects(_ labels: [String: String]) -> Bool {
        selector.allSatisfy { labels[$0.key] == $0.value }
    }
}

extension Telemetry: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case selector, accessLog }

    /// Reads a Telemetry of `policy.openservicemesh.io/v1alpha1`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            selector: try spec?.value(.selector) ?? [:], accessLog: try spec?.value(.accessLog))
    }
}

extension Telemetry.AccessLog: Decodable {
    private enum Key: String, CodingKey { case format, openTelemetry }

    /// Reads an access log.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(format: try fields.value(.format), openTelemetry: try fields.value(.openTelemetry))
    }
}

extension Telemetry.OpenTelemetry: Decodable {
    private enum Key: String, CodingKey { case extensionService, attributes }
    private enum ServiceKey: String, CodingKey { case namespace, name }

    /// Reads a collector.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let service = try fields.object(.extensionService, ServiceKey.self)
        self.init(
            extensionService: ObjectName(
                namespace: try service?.value(.namespace) ?? "", name: try service?.value(.name) ?? ""),
            attributes: try fields.value(.attributes, or: [:]))
    }
}
