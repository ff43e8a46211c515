/// An ExtensionService: where a service outside the mesh is that proxies send to, such as a collector of logs.
public struct ExtensionService: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.extensionService

    /// What a service speaks.
    public enum WireFormat: String, Hashable, Sendable, CaseIterable {
        /// HTTP/2 without TLS.
        case h2c
        /// The same, by another name.
        case http2
        /// HTTP/1.1.
        case http1
    }

    /// Name, namespace.
    public var metadata: ObjectMetadata
    /// Its host: a name that the proxies' DNS knows, or an address.
    public var host: String
    /// Its port.
    public var port: Int
    /// What it speaks, as written; empty for HTTP/2.
    public var spokenProtocol: String
    /// How long connecting may take, as written; empty for Envoy's 5 seconds.
    public var connectTimeout: String

    /// A service with the given fields.
    public init(
        metadata: ObjectMetadata, host: String, port: Int, spokenProtocol: String = "", connectTimeout: String = ""
    ) {
        self.metadata = metadata
        self.host = host
        self.port = port
        self.spokenProtocol = spokenProtocol
        self.connectTimeout = connectTimeout
    }

    /// What it speaks; HTTP/2 if nothing is written, `nil` for an unknown word.
    public var wireFormat: WireFormat? {
        spokenProtocol.isEmpty ? .h2c : WireFormat(rawValue: spokenProtocol.lowercased())
    }
}

extension ExtensionService: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey {
        case host, port, connectTimeout
        case spokenProtocol = "protocol"
    }

    /// Reads an ExtensionService of `config.openservicemesh.io/v1alpha2`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            host: try spec?.value(.host) ?? "", port: try spec?.value(.port) ?? 0,
            spokenProtocol: try spec?.value(.spokenProtocol) ?? "",
            connectTimeout: try spec?.value(.connectTimeout) ?? "")
    }
}

extension ExtensionService {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, host: "", port: 0)
    }

    /// Host, port, protocol and time limit.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        list.checkHost(host, "spec.host")
        list.checkPort(port, "spec.port")
        if wireFormat == nil {
            list.checkWord(spokenProtocol, "spec.protocol", oneOf: WireFormat.allCases.map(\.rawValue))
        }
        list.checkDuration(WrittenDuration(connectTimeout), "spec.connectTimeout", mustBePositive: true)
        return list.problems
    }
}
