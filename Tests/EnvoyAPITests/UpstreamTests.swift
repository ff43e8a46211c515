import SwiftProtobuf
import Testing

@Suite("Our .proto files are a subset of Envoy's")
struct UpstreamTests {
    /// What Envoy 1.40 has and the published descriptors lack; an entry goes when they catch up.
    private static let newer = [
        "envoy.extensions.http.injected_credentials.generic.v3.Generic.header_value_prefix: no such field upstream",
        "opentelemetry.proto.logs.v1.ResourceLogs.scope_logs: no such field upstream",
        "opentelemetry.proto.logs.v1.ScopeLogs: no such message upstream",
        "opentelemetry.proto.trace.v1.ResourceSpans.scope_spans: no such field upstream",
        "opentelemetry.proto.trace.v1.ScopeSpans: no such message upstream",
    ]

    @Test("Every message, field and enum value is the original's", arguments: Descriptors.Origin.allCases)
    func subset(origin: Descriptors.Origin) throws {
        let ours = Schema(try Descriptors.ours())
        let upstream = Schema(try Descriptors.upstream(origin, ours.files.keys.sorted()))
        print("figure: \(ours.figure) compared with \(origin)")

        #expect(ours.files.keys.sorted() == (try Checkout.files(in: "protos", suffix: ".proto")))
        #expect(ours.messages.count > 150)
        #expect(ours.enumerations.count > 20)
        #expect(ours.messages.values.reduce(0) { $0 + $1.fields.count } > 600)
        #expect(ours.differences(from: upstream) == (origin == .package ? Self.newer : []))
    }

    @Test("The comparison reports what was changed, and nothing else", arguments: Doctoring.all)
    func doctored(doctoring: Doctoring) throws {
        let set = try Descriptors.ours()
        #expect(Schema(set).differences(from: Schema(set)) == [])
        var doctored = set
        try doctoring.apply(&doctored)
        #expect(Schema(doctored).differences(from: Schema(set)) == doctoring.expected)
    }
}
