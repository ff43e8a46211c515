internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf

/// The original's counters of requests by source and destination.
enum RequestStatistics {
    /// Under which pods are described in the metadata of endpoints and listeners.
    static let metadata = "osm"

    /// What is told of a pod.
    enum Field: String, CaseIterable {
        case kind, name, pod
    }
}

extension Envoy.AccessLog {
    /// Counts requests instead of writing them: `osm_request_total` and `osm_request_duration_ms`, with the original's
    /// labels.
    ///
    /// The source is from the environment of the proxy, so that all clients share the listener; Envoy reads it once.
    /// The destination is from the metadata of the endpoint.
    ///
    /// - Parameters:
    ///   - namespace: The namespace of the service, which is that of its pods.
    ///   - isPod: Whether the listener stands for a pod, which its metadata describes: what is sent straight to that
    ///     pod has no endpoint with metadata.
    static func statistics(of namespace: String, isPod: Bool) -> Envoy.AccessLog {
        let labels: [(String, String)] =
            [
                ("source_namespace", "%ENVIRONMENT(\(ProxyVariable.namespace.rawValue))%"),
                ("source_kind", "%ENVIRONMENT(\(ProxyVariable.workloadKind.rawValue))%"),
                ("source_name", "%ENVIRONMENT(\(ProxyVariable.workloadName.rawValue))%"),
                ("source_pod", "%ENVIRONMENT(\(ProxyVariable.pod.rawValue))%"),
                ("destination_namespace", namespace),
            ] + RequestStatistics.Field.allCases.map { ("destination_\($0.rawValue)", $0.value(isPod: isPod)) }
        var counter = Envoy.StatsAccessLog.Counter()
        counter.stat.name = "request_total"
        counter.stat.tags = ([("response_code", "%RESPONSE_CODE%")] + labels).map(Envoy.StatsAccessLog.Tag.init)
        counter.valueFixed = .init(1)
        var histogram = Envoy.StatsAccessLog.Histogram()
        histogram.stat.name = "request_duration_ms"
        histogram.stat.tags = labels.map(Envoy.StatsAccessLog.Tag.init)
        histogram.unit = .milliseconds
        histogram.valueFormat = "%DURATION%"
        var log = Envoy.StatsAccessLog()
        log.statPrefix = "osm"
        log.counters = [counter]
        log.histograms = [histogram]
        return .init("envoy.access_loggers.stats", log.packed())
    }
}

extension RequestStatistics.Field {
    /// The format string of a field of the destination.
    fileprivate func value(isPod: Bool) -> String {
        let path = "\(RequestStatistics.metadata):\(rawValue)"
        guard isPod else { return "%UPSTREAM_METADATA(\(path))%" }
        let operators = [("UPSTREAM_METADATA", path), ("METADATA", "LISTENER:\(path)")]
            .map { #"{"command":"\#($0)","param":"\#($1)"}"# }.joined(separator: ",")
        return #"%COALESCE({"operators":[\#(operators)]})%"#
    }
}

extension Envoy.StatsAccessLog.Tag {
    fileprivate init(_ name: String, _ value: String) {
        self.init()
        self.name = name
        valueFormat = value
    }
}

extension EndpointPod {
    /// The pod, as the counters of clients read it.
    var metadata: Envoy.Metadata {
        let fields: [(RequestStatistics.Field, String)] = [
            (.kind, workload.kind), (.name, workload.name), (.pod, name),
        ]
        var metadata = Envoy.Metadata()
        metadata.filterMetadata[RequestStatistics.metadata] = Google_Protobuf_Struct(
            fields: Dictionary(
                uniqueKeysWithValues: fields.map { ($0.rawValue, Google_Protobuf_Value(stringValue: $1)) }))
        return metadata
    }
}
