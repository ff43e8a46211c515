extension MeshConfig {
    /// What the mesh tells about itself.
    public struct Observability: Hashable, Sendable {
        /// The control plane's log level; empty for `info`.
        public var osmLogLevel: String = ""
        /// Whether the debug server runs.
        public var enableDebugServer: Bool = false
        /// Where spans are sent.
        public var tracing: Tracing = Tracing()

        /// Zero values.
        public init() {}
    }

    /// What a collector of spans speaks.
    public enum TracingFormat: String, Hashable, Sendable, CaseIterable {
        /// Zipkin's second version, as JSON over HTTP/1.1, as the original.
        case zipkin
        /// OpenTelemetry by gRPC.
        case otlp
    }

    /// Where spans are sent.
    public struct Tracing: Hashable, Sendable {
        /// Whether spans are sent.
        public var enable: Bool = false
        /// What the collector speaks, as written; empty for Zipkin.
        public var spokenProtocol: String = ""
        /// The collector's port; 0 for 9411, or 4317 for OpenTelemetry.
        public var port: Int = 0
        /// The collector's host; empty for `jaeger` in the controller's namespace.
        public var address: String = ""
        /// The collector's path, for Zipkin; empty for `/api/v2/spans`.
        public var endpoint: String = ""

        /// What the collector speaks; `nil` for an unknown word.
        public var format: TracingFormat? {
            spokenProtocol.isEmpty ? .zipkin : TracingFormat(rawValue: spokenProtocol)
        }

        /// Zero values.
        public init() {}
    }
}

extension MeshConfig.Observability: Decodable {
    private enum Key: String, CodingKey { case osmLogLevel, enableDebugServer, tracing }

    /// Reads the fields; a missing one has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        osmLogLevel = try fields.value(.osmLogLevel, or: "")
        enableDebugServer = try fields.value(.enableDebugServer, or: false)
        tracing = try fields.value(.tracing, or: .init())
    }
}

extension MeshConfig.Tracing: Decodable {
    private enum Key: String, CodingKey {
        case enable, port, address, endpoint
        case spokenProtocol = "protocol"
    }

    /// Reads the fields; a missing one has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        enable = try fields.value(.enable, or: false)
        spokenProtocol = try fields.value(.spokenProtocol, or: "")
        port = try fields.value(.port, or: 0)
        address = try fields.value(.address, or: "")
        endpoint = try fields.value(.endpoint, or: "")
    }
}
