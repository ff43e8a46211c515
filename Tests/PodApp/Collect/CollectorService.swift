import EnvoyAPI
import GRPCCore
import SwiftProtobuf

/// The gRPC services that proxies send to.
struct CollectorService: RegistrableRPCService {
    private enum Method: CaseIterable {
        case logs, spans, check

        var descriptor: MethodDescriptor {
            let (service, method) =
                switch self {
                case .logs: ("opentelemetry.proto.collector.logs.v1.LogsService", "Export")
                case .spans: ("opentelemetry.proto.collector.trace.v1.TraceService", "Export")
                case .check: ("envoy.service.auth.v3.Authorization", "Check")
                }
            return MethodDescriptor(fullyQualifiedService: service, method: method)
        }

        /// The answer to a message, both in protobuf.
        func answer(to message: [UInt8]) async throws -> [UInt8] {
            switch self {
            case .logs: try CollectorService.logs(.init(serializedBytes: message)).serializedBytes()
            case .spans: try CollectorService.spans(.init(serializedBytes: message)).serializedBytes()
            case .check: try await CollectorService.check(.init(serializedBytes: message)).serializedBytes()
            }
        }
    }

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        for method in Method.allCases {
            router.registerHandler(
                forMethod: method.descriptor, deserializer: RawBytes(), serializer: RawBytes()
            ) { request, _ in
                StreamingServerResponse { writer in
                    for try await message in request.messages {
                        try await writer.write(method.answer(to: message))
                    }
                    return [:]
                }
            }
        }
    }

    private static func logs(
        _ request: Opentelemetry_Proto_Collector_Logs_V1_ExportLogsServiceRequest
    ) throws -> Opentelemetry_Proto_Collector_Logs_V1_ExportLogsServiceResponse {
        for sender in request.resourceLogs {
            for entry in sender.scopeLogs.flatMap(\.logRecords) {
                try JSONLine.write(
                    CollectedLog(
                        body: entry.body.stringValue, fields: entry.body.kvlistValue.texts,
                        attributes: entry.attributes.texts, resource: sender.resource.attributes.texts))
            }
        }
        return .init()
    }

    private static func spans(
        _ request: Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceRequest
    ) throws -> Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceResponse {
        for sender in request.resourceSpans {
            for span in sender.scopeSpans.flatMap(\.spans) {
                let attributes = span.attributes.texts
                try JSONLine.write(
                    CollectedSpan(
                        format: "otlp", trace: span.traceID.hexadecimal, side: "\(span.kind)",
                        service: sender.resource.attributes.texts["service.name"] ?? "", attributes: attributes))
            }
        }
        return .init()
    }

    private static func check(_ request: Envoy_Service_Auth_V3_CheckRequest) async throws
        -> Envoy_Service_Auth_V3_CheckResponse
    {
        let http = request.attributes.request.http
        if let wait = http.headers["x-wait"].flatMap({ Int($0) }) { try await Task.sleep(for: .milliseconds(wait)) }
        let isAllowed = http.headers["x-deny"] == nil
        try JSONLine.write(
            CollectedCheck(
                method: http.method, path: http.path, body: http.body, peer: request.attributes.source.principal,
                isAllowed: isAllowed))
        var response = Envoy_Service_Auth_V3_CheckResponse()
        if isAllowed {
            var header = Envoy_Config_Core_V3_HeaderValueOption()
            header.header.key = "x-checked"
            header.header.value = "yes"
            response.okResponse.headers = [header]
        } else {
            // PERMISSION_DENIED of gRPC.
            response.status.code = 7
            response.deniedResponse.status.code = .forbidden
            response.deniedResponse.body = "refused by the service that is asked"
        }
        return response
    }
}

/// An entry of a log.
private struct CollectedLog: Encodable {
    let kind = "log"
    let body: String
    let fields: [String: String]
    let attributes: [String: String]
    let resource: [String: String]
}

/// A span, of either format.
struct CollectedSpan: Encodable {
    let kind = "span"
    let format: String
    let trace: String
    let side: String
    let service: String
    let attributes: [String: String]
}

/// A question about a request.
private struct CollectedCheck: Encodable {
    let kind = "check"
    let method: String
    let path: String
    let body: String
    let peer: String
    let isAllowed: Bool
}

extension Opentelemetry_Proto_Common_V1_AnyValue {
    /// The value as a text.
    fileprivate var text: String {
        switch value {
        case .stringValue(let text): text
        case .boolValue(let flag): "\(flag)"
        case .intValue(let number): "\(number)"
        case .doubleValue(let number): "\(number)"
        case .arrayValue(let list): "[\(list.values.map(\.text).joined(separator: ", "))]"
        case .kvlistValue(let list): "\(list.texts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
        case .bytesValue(let bytes): bytes.hexadecimal
        case nil: ""
        }
    }
}

extension Opentelemetry_Proto_Common_V1_KeyValueList {
    /// The values as texts, by name.
    fileprivate var texts: [String: String] { values.texts }
}

extension [Opentelemetry_Proto_Common_V1_KeyValue] {
    /// The values as texts, by name.
    fileprivate var texts: [String: String] { Dictionary(map { ($0.key, $0.value.text) }) { $1 } }
}

extension Sequence<UInt8> {
    /// The bytes in hexadecimal digits.
    fileprivate var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
