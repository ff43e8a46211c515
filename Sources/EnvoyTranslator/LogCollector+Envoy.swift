internal import EnvoyAPI
internal import MeshModel
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension LogCollector {
    /// The cluster of the collector.
    ///
    /// - Parameters:
    ///   - variant: Whose collector at the address it is.
    ///   - origins: The objects that shaped it.
    public func resources(variant: String, origins: Set<Origin>) -> [Resource] {
        let name = ResourceName.logCollector(at: service)
        return [Resource(name, variant: variant, message: Envoy.Cluster.outside(name, service), origins: origins)]
    }
}

extension Envoy.AccessLog {
    /// The requests of a direction, sent to a collector: the format as the body of each entry, and attributes.
    static func openTelemetry(
        _ collector: LogCollector, _ direction: Observation.Direction, as format: LogFormat?
    ) -> Envoy.AccessLog {
        let format = format ?? .json(fields(of: direction).mapValues { .string($0) })
        let name = ResourceName.logCollector(at: collector.service).name
        var log = Envoy.OpenTelemetryAccessLog()
        log.commonConfig.logName = name
        log.commonConfig.transportApiVersion = .v3
        log.commonConfig.grpcService.envoyGrpc.clusterName = name
        switch format {
        case .text(let text): log.body.stringValue = text
        case .json(let fields): log.body = LogValue.object(fields).anyValue
        }
        log.attributes = Envoy.KeyValueList(collector.attributes.mapValues { .string($0) })
        log.formatters =
            LogFormat.json(
                collector.attributes.mapValues { .string($0) }.merging(["": .list(format.values)]) { $1 }
            ).formatters
        return .init("envoy.access_loggers.open_telemetry", log.packed())
    }
}

extension LogFormat {
    /// The format as values.
    fileprivate var values: [LogValue] {
        switch self {
        case .text(let text): [.string(text)]
        case .json(let fields): [.object(fields)]
        }
    }
}

extension Envoy.KeyValueList {
    /// Values by name, sorted.
    fileprivate init(_ fields: [String: LogValue]) {
        self.init()
        values = fields.sorted { $0.key < $1.key }.map { name, value in
            var entry = Opentelemetry_Proto_Common_V1_KeyValue()
            entry.key = name
            entry.value = value.anyValue
            return entry
        }
    }
}

extension LogValue {
    fileprivate var anyValue: Envoy.AnyValue {
        var value = Envoy.AnyValue()
        switch self {
        case .null: break
        case .bool(let flag): value.boolValue = flag
        case .number(let number):
            if let whole = Int64(exactly: number) { value.intValue = whole } else { value.doubleValue = number }
        case .string(let text): value.stringValue = text
        case .list(let values): value.arrayValue.values = values.map(\.anyValue)
        case .object(let fields): value.kvlistValue = Envoy.KeyValueList(fields)
        }
        return value
    }
}
