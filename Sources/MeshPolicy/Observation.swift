public import MeshModel

/// What proxies tell of requests.
public struct Observation: Hashable, Sendable {
    /// How requests are logged; `nil` for the mesh's own fields on standard output.
    public let log: RequestLog?
    /// Where spans are sent; `nil` for no spans.
    public let tracing: Tracing?
    /// Whether clients count their requests by source and destination.
    public let countsRequests: Bool

    /// What is told of requests.
    public init(log: RequestLog? = nil, tracing: Tracing? = nil, countsRequests: Bool = false) {
        self.log = log
        self.tracing = tracing
        self.countsRequests = countsRequests
    }

    /// What is told where nobody asked for more.
    public static let standard = Observation()
}

/// How requests are logged.
public struct RequestLog: Hashable, Sendable {
    /// The format of an entry; `nil` for the mesh's own fields.
    public let format: LogFormat?
    /// Who gets the entries beside standard output; `nil` for nobody.
    public let collector: LogCollector?

    /// A log of requests.
    public init(format: LogFormat?, collector: LogCollector?) {
        self.format = format
        self.collector = collector
    }
}

/// A collector of logs that speaks OpenTelemetry.
public struct LogCollector: Hashable, Sendable {
    /// Where it is.
    public let service: OutsideService
    /// What else is sent with each entry: format strings by name.
    public let attributes: [String: String]

    /// A collector.
    public init(service: OutsideService, attributes: [String: String]) {
        self.service = service
        self.attributes = attributes
    }
}

/// A collector of spans.
public struct Tracing: Hashable, Sendable {
    /// What it speaks.
    public enum Format: Hashable, Sendable {
        /// Zipkin's second version, as JSON, at a path.
        case zipkin(path: String)
        /// OpenTelemetry by gRPC.
        case openTelemetry
    }

    /// Where it is.
    public let service: OutsideService
    /// What it speaks.
    public let format: Format

    /// A collector of spans.
    public init(service: OutsideService, format: Format) {
        self.service = service
        self.format = format
    }
}

/// A service outside the mesh that proxies themselves call.
public struct OutsideService: Hashable, Sendable {
    /// Its host: a name of DNS or an address.
    public let host: String
    /// Its port.
    public let port: UInt16
    /// Whether it speaks HTTP/2, else HTTP/1.1.
    public let speaksHTTP2: Bool
    /// How long connecting may take; `nil` for Envoy's 5 seconds.
    public let connectTimeout: Duration?

    /// A service.
    public init(host: String, port: UInt16, speaksHTTP2: Bool, connectTimeout: Duration? = nil) {
        self.host = host
        self.port = port
        self.speaksHTTP2 = speaksHTTP2
        self.connectTimeout = connectTimeout
    }
}

/// A pod behind an address, as statistics name it.
public struct EndpointPod: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// What keeps it running.
    public let workload: Workload

    /// A pod's names.
    public init(_ pod: Pod) {
        self.init(name: pod.metadata.name, workload: pod.workload ?? .unknown)
    }

    /// A pod by its names.
    public init(name: String, workload: Workload) {
        self.name = name
        self.workload = workload
    }
}
