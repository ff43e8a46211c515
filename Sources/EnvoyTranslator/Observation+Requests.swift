internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

extension Observation {
    /// Whose requests are told of.
    enum Direction {
        /// Those that the pod sends.
        case outbound
        /// Those that the pod gets.
        case inbound
    }

    /// What a listener names because of it.
    var references: Set<ResourceName> {
        var names: Set<ResourceName> = []
        if let collector = log?.collector { names.insert(.logCollector(at: collector.service)) }
        if tracing != nil { names.insert(.tracing) }
        return names
    }
}

extension Envoy.HttpConnectionManager {
    /// Sets the access logs, and whether spans are sent.
    mutating func observe(_ observation: Observation, _ direction: Observation.Direction) {
        accessLog = [.requests(direction, as: observation.log?.format)]
        if let log = observation.log, let collector = log.collector {
            accessLog.append(.openTelemetry(collector, direction, as: log.format))
        }
        guard let provider = observation.tracing?.provider else { return }
        tracing.provider = provider
        tracing.verbose = true
    }
}

extension LogFormat {
    /// The format as the writer of a stream takes it.
    var substitution: Envoy.SubstitutionFormatString {
        var format = Envoy.SubstitutionFormatString()
        switch self {
        case .text(let text):
            // One entry is one line.
            format.textFormatSource.inlineString = text.hasSuffix("\n") ? text : text + "\n"
        case .json(let fields): format.jsonFormat = Google_Protobuf_Struct(fields: fields.mapValues(\.structValue))
        }
        format.formatters = formatters
        return format
    }

    /// The operators that Envoy does not know by itself.
    var formatters: [Envoy.TypedExtensionConfig] {
        guard names("REQ_WITHOUT_QUERY") else { return [] }
        var formatter = Envoy.TypedExtensionConfig()
        formatter.name = "envoy.formatter.req_without_query"
        formatter.typedConfig = Envoy.ReqWithoutQuery().packed()
        return [formatter]
    }
}

extension Google_Protobuf_Value {
    fileprivate static var null: Google_Protobuf_Value {
        var value = Google_Protobuf_Value()
        value.nullValue = .nullValue
        return value
    }
}

extension LogValue {
    fileprivate var structValue: Google_Protobuf_Value {
        switch self {
        case .null: .null
        case .bool(let flag): Google_Protobuf_Value(boolValue: flag)
        case .number(let number): Google_Protobuf_Value(numberValue: number)
        case .string(let text): Google_Protobuf_Value(stringValue: text)
        case .list(let values):
            Google_Protobuf_Value(listValue: Google_Protobuf_ListValue(values: values.map(\.structValue)))
        case .object(let fields):
            Google_Protobuf_Value(structValue: Google_Protobuf_Struct(fields: fields.mapValues(\.structValue)))
        }
    }
}
