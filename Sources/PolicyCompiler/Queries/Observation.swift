public import Incremental
public import MeshModel
public import MeshPolicy

/// What proxies tell of requests where a Telemetry is in force; for `nil`, where none is.
enum ObservationQuery: MeshQuery {
    static func evaluate(_ telemetry: ObjectName?, _ mesh: MeshReader) -> Observation {
        let accessLog = telemetry.flatMap { mesh(\.telemetryByName, $0).first?.valid?.accessLog }
        return Observation(
            log: accessLog.map { log($0, mesh) }, tracing: mesh(TracingQuery.self, .one),
            countsRequests: mesh(CountsRequests.self, .one))
    }

    private static func log(_ accessLog: Telemetry.AccessLog, _ mesh: MeshReader) -> RequestLog {
        let collector = accessLog.openTelemetry.flatMap { wanted in
            // Logs go by gRPC: a service that speaks HTTP/1.1 gets none, which the Telemetry's status says.
            mesh(ExtensionServiceAddress.self, wanted.extensionService).flatMap { service in
                service.speaksHTTP2 ? LogCollector(service: service, attributes: wanted.attributes) : nil
            }
        }
        return RequestLog(format: accessLog.format.map { LogFormat($0) }, collector: collector)
    }
}

/// The collector of logs of a Telemetry; `nil` if it has none.
public enum LogCollectorQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ telemetry: ObjectName, _ mesh: MeshReader) -> LogCollector? {
        mesh(ObservationQuery.self, telemetry).log?.collector
    }
}

/// Whether clients count their requests by source and destination.
enum CountsRequests: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> Bool {
        mesh.config(.statistics).featureFlags.enableWASMStats
    }
}

/// Where spans are sent; `nil` for no spans.
public enum TracingQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_: Whole, _ mesh: MeshReader) -> Tracing? {
        let tracing = mesh.config(.tracing).observability.tracing
        guard tracing.enable else { return nil }
        let host =
            tracing.address.isEmpty
            ? "jaeger.\(mesh.constant(\.settings).osmNamespace).svc.cluster.local" : tracing.address
        let isZipkin = tracing.format != .otlp
        let service = OutsideService(
            host: host, port: UInt16(clamping: tracing.port == 0 ? (isZipkin ? 9411 : 4317) : tracing.port),
            speaksHTTP2: !isZipkin)
        let path = tracing.endpoint.isEmpty ? "/api/v2/spans" : tracing.endpoint
        return Tracing(service: service, format: isZipkin ? .zipkin(path: path) : .openTelemetry)
    }
}

/// The service that is asked about each inbound request; `nil` for none.
public enum RequestAuthorizerQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_: Whole, _ mesh: MeshReader) -> RequestAuthorizer? {
        let wanted = mesh.config(.authorization).traffic.inboundExternalAuthorization
        guard wanted.enable else { return nil }
        // An address that is none is kept, so that nobody is let in unasked.
        let service =
            wanted.isAddressGood
            ? OutsideService(host: wanted.address, port: UInt16(clamping: wanted.port), speaksHTTP2: true) : nil
        return RequestAuthorizer(
            service: service, statPrefix: wanted.statPrefix.isEmpty ? "inboundExtAuthz" : wanted.statPrefix,
            timeout: GoDuration(wanted.timeout)?.duration ?? .seconds(1),
            passesWithoutAnswer: wanted.failureModeAllow)
    }
}
