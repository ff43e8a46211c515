import SwiftProtobuf
import Testing

@Suite("Our .proto files are a subset of the originals")
struct UpstreamTests {
    /// What is not in an origin: of the package what Envoy 1.40 has and the published descriptors lack (an entry goes when
    /// they catch up); of the API server what newer ones have, and the messages that stand for objects and lists of all
    /// kinds.
    private static let missing: [Descriptors.Origin: [String]] = [
        .package: newer,
        .apiServer: [
            "k8s.io.api.core.v1.Container.restartPolicy: no such field upstream",
            "k8s.io.api.discovery.v1.Endpoint.zone: no such field upstream",
            "osm.ObjectIdentity.Metadata: no such message upstream",
            "osm.ObjectIdentity: no such message upstream",
            "osm.ObjectList: no such message upstream",
            "osm/object_identity.proto: no such file upstream",
            "osm/object_list.proto: no such file upstream",
        ],
    ]
    private static let newer = [
        "envoy.extensions.http.injected_credentials.generic.v3.Generic.header_value_prefix: no such field upstream",
        "opentelemetry.proto.logs.v1.ResourceLogs.scope_logs: no such field upstream",
        "opentelemetry.proto.logs.v1.ScopeLogs: no such message upstream",
        "opentelemetry.proto.trace.v1.ResourceSpans.scope_spans: no such field upstream",
        "opentelemetry.proto.trace.v1.ScopeSpans: no such message upstream",
    ]

    @Test("Every message, field and enum value is the original's", arguments: Descriptors.Origin.allCases)
    func subset(origin: Descriptors.Origin) throws {
        let ours = Schema(try Descriptors.ours(origin.api))
        let upstream = Schema(try Descriptors.upstream(origin, ours.files.keys.sorted()))
        print("figure: \(ours.figure) compared with \(origin)")

        #expect(ours.files.keys.sorted() == (try Checkout.files(of: origin.api, in: "protos", suffix: ".proto")))
        let isEnvoy = origin.api == .envoy
        #expect(ours.messages.count > (isEnvoy ? 150 : 30))
        // Kubernetes has texts where others have enums.
        #expect((ours.enumerations.count > 20) == isEnvoy)
        #expect(ours.messages.values.reduce(0) { $0 + $1.fields.count } > (isEnvoy ? 600 : 70))
        #expect(ours.differences(from: upstream) == Self.missing[origin] ?? [])
    }

    @Test("The comparison reports what was changed, and nothing else", arguments: Doctoring.all)
    func doctored(doctoring: Doctoring) throws {
        let set = try Descriptors.ours(.envoy)
        #expect(Schema(set).differences(from: Schema(set)) == [])
        var doctored = set
        try doctoring.apply(&doctored)
        #expect(Schema(doctored).differences(from: Schema(set)) == doctoring.expected)
    }
}
