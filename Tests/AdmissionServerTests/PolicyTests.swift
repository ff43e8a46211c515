import AdmissionServer
import AsyncHTTPClient
import Foundation
import MeshModel
import NIOCore
import Testing

@Suite("The webhook for policies", .timeLimit(.minutes(10)))
struct PolicyTests {
    /// An object of a kind, and what the webhook says of it.
    struct Row: Sendable, CustomTestStringConvertible {
        let kind: String
        let apiVersion: String
        let spec: String
        /// The paths of the problems; empty for an object that is admitted.
        var refused: [String] = []
        /// The paths of the fields that are warned of.
        var warned: [String] = []

        var testDescription: String { "\(kind) \(spec)" }
        var object: String { Self.object(kind, apiVersion, spec) }

        static func object(_ kind: String, _ apiVersion: String, _ spec: String, metadata: String = "") -> String {
            #"{"apiVersion":"\#(apiVersion)","kind":"\#(kind)","metadata":{"name":"it","namespace":"shop"\#(metadata)},"spec":\#(spec)}"#
        }
    }

    private static let policy = "policy.openservicemesh.io/v1alpha1"
    private static let config = "config.openservicemesh.io/v1alpha2"

    static let rows: [Row] = [
        Row(
            kind: "TrafficTarget", apiVersion: "access.smi-spec.io/v1alpha3",
            spec:
                #"{"destination":{"kind":"ServiceAccount","name":"web","namespace":"shop"},"sources":[{"kind":"ServiceAccount","name":"a","namespace":"b"}],"rules":[{"kind":"TCPRoute","name":"t"}]}"#
        ),
        Row(
            kind: "TrafficTarget", apiVersion: "access.smi-spec.io/v1alpha3",
            spec:
                #"{"destination":{"kind":"ServiceAccount","name":"web","namespace":"other"},"sources":[],"rules":[{"kind":"TCPRoute","name":"t"}]}"#,
            refused: ["spec.destination.namespace", "spec.sources"]),
        Row(
            kind: "TrafficTarget", apiVersion: "access.smi-spec.io/v1alpha3",
            spec:
                #"{"destination":{"kind":"ServiceAccount","name":"web","namespace":"shop"},"sources":[{"kind":"Group","name":"a","namespace":"b"}],"rules":[{"kind":"UDPRoute","name":"t"}]}"#,
            warned: ["spec.sources[0].kind"]),
        Row(
            kind: "TrafficTarget", apiVersion: "access.smi-spec.io/v1alpha3",
            spec: #"{"destination":{"kind":"ServiceAccount","name":"web","namespace":"shop"},"sources":[],"rules":[]}"#,
            warned: ["spec.sources", "spec.rules"]),
        Row(
            kind: "UpstreamTrafficSetting", apiVersion: policy,
            spec:
                #"{"host":"web.shop.svc.cluster.local","rateLimit":{"local":{"http":{"requests":1,"unit":"second","responseStatusCode":509}}}}"#,
            warned: ["spec.rateLimit.local.http.responseStatusCode"]),
        Row(
            kind: "HTTPRouteGroup", apiVersion: "specs.smi-spec.io/v1alpha4",
            spec: #"{"matches":[{"name":"a","pathRegex":"/a","methods":["GET"]}]}"#),
        Row(
            kind: "HTTPRouteGroup", apiVersion: "specs.smi-spec.io/v1alpha4",
            spec: #"{"matches":[{"name":"a","pathRegex":"/("}]}"#, refused: ["spec.matches[0].pathRegex"]),
        Row(kind: "TCPRoute", apiVersion: "specs.smi-spec.io/v1alpha4", spec: #"{"matches":{"ports":[80]}}"#),
        Row(
            kind: "TCPRoute", apiVersion: "specs.smi-spec.io/v1alpha4", spec: #"{"matches":{"ports":[80,70000]}}"#,
            refused: ["spec.matches.ports[1]"]),
        Row(
            kind: "TrafficSplit", apiVersion: "split.smi-spec.io/v1alpha2",
            spec: #"{"service":"web","backends":[{"service":"v1","weight":1}]}"#),
        Row(
            kind: "TrafficSplit", apiVersion: "split.smi-spec.io/v1alpha2",
            spec: #"{"service":"web","backends":[{"service":"v1","weight":0}]}"#, refused: ["spec.backends"]),
        Row(
            kind: "TrafficSplit", apiVersion: "split.smi-spec.io/v1alpha2",
            spec: #"{"service":"web","backends":[{"service":"v1","weight":"500m"}]}"#,
            refused: ["spec.backends[0].weight"]),
        Row(
            kind: "Egress", apiVersion: policy,
            spec:
                #"{"sources":[{"kind":"ServiceAccount","name":"a","namespace":"shop"}],"hosts":["example.com"],"ports":[{"number":80,"protocol":"http"}]}"#
        ),
        Row(
            kind: "Egress", apiVersion: policy,
            spec:
                #"{"sources":[{"kind":"ServiceAccount","name":"a","namespace":"shop"}],"hosts":["example.com"],"ports":[{"number":80,"protocol":"http"}],"matches":[{"apiGroup":"v1","kind":"Secret","name":"x"}]}"#,
            refused: ["spec.matches[0].kind"]),
        Row(
            kind: "Egress", apiVersion: policy,
            spec:
                #"{"sources":[{"kind":"ServiceAccount","name":"a","namespace":"shop"}],"ports":[{"number":15001,"protocol":"tcp"}]}"#,
            warned: ["spec.ports[0].number"]),
        Row(
            kind: "IngressBackend", apiVersion: policy,
            spec:
                #"{"backends":[{"name":"web","port":{"number":80,"protocol":"http"}}],"sources":[{"kind":"IPRange","name":"10.0.0.0/8"}]}"#
        ),
        // The original refuses this, by an inverted condition.
        Row(
            kind: "IngressBackend", apiVersion: policy,
            spec:
                #"{"backends":[{"name":"web","port":{"number":80,"protocol":"https"},"tls":{"skipClientCertValidation":true}}],"sources":[{"kind":"IPRange","name":"10.0.0.0/8"}]}"#
        ),
        Row(
            kind: "IngressBackend", apiVersion: policy,
            spec:
                #"{"backends":[{"name":"web","port":{"number":80,"protocol":"ftp"}},{"name":"web","port":{"number":80,"protocol":"http"}}],"sources":[{"kind":"IPRange","name":"10.0.0.0"}]}"#,
            refused: ["spec.backends[0].port.protocol", "spec.backends[1]", "spec.sources[0].name"]),
        Row(
            kind: "Retry", apiVersion: policy,
            spec:
                #"{"source":{"kind":"ServiceAccount","name":"a","namespace":"shop"},"destinations":[{"kind":"Service","name":"b","namespace":"shop"}],"retryPolicy":{"retryOn":"5xx","numRetries":2,"perTryTimeout":"1s","retryBackoffBaseInterval":"1s"}}"#
        ),
        Row(
            kind: "Retry", apiVersion: policy,
            spec:
                #"{"source":{"kind":"ServiceAccount","name":"a","namespace":"shop"},"destinations":[{"kind":"Service","name":"b","namespace":"shop"}],"retryPolicy":{"retryOn":"5xx,whatever","numRetries":2,"perTryTimeout":"1s","retryBackoffBaseInterval":"1s"}}"#,
            warned: ["spec.retryPolicy.retryOn"]),
        Row(
            kind: "Retry", apiVersion: policy,
            spec:
                #"{"source":{"kind":"ServiceAccount","name":"a","namespace":"shop"},"destinations":[{"kind":"Service","name":"b","namespace":"shop"}],"retryPolicy":{"retryOn":"5xx,whatever","numRetries":-2,"perTryTimeout":"1 s","retryBackoffBaseInterval":"1s"}}"#,
            refused: ["spec.retryPolicy.perTryTimeout", "spec.retryPolicy.numRetries", "spec.retryPolicy.retryOn"]),
        Row(
            kind: "UpstreamTrafficSetting", apiVersion: policy, spec: #"{"host":"web.shop.svc.cluster.local"}"#),
        Row(
            kind: "UpstreamTrafficSetting", apiVersion: policy,
            spec: #"{"host":"web.other.svc.cluster.local","connectionSettings":{"tcp":{"maxConnections":-1}}}"#,
            refused: ["spec.host", "spec.connectionSettings.tcp.maxConnections"]),
        Row(kind: "Telemetry", apiVersion: policy, spec: #"{"selector":{"app":"web"}}"#),
        Row(
            kind: "Telemetry", apiVersion: policy, spec: #"{"accessLog":{"format":""}}"#,
            refused: ["spec.accessLog.format"]),
        // The original's schema takes any value there.
        Row(
            kind: "Telemetry", apiVersion: policy,
            spec:
                #"{"accessLog":{"openTelemetry":{"extensionService":{"namespace":"a","name":"b"},"attributes":{"number":5}}}}"#,
            warned: ["spec.accessLog.openTelemetry.attributes.number"]),
        Row(kind: "ExtensionService", apiVersion: config, spec: #"{"host":"logs.example.com","port":4317}"#),
        Row(
            kind: "ExtensionService", apiVersion: config, spec: #"{"host":"http://x","port":0,"protocol":"h2c"}"#,
            refused: ["spec.host", "spec.port"]),
        Row(
            kind: "ExtensionService", apiVersion: config,
            spec: #"{"host":"logs.example.com","port":4317,"protocol":"quic"}"#, warned: ["spec.protocol"]),
        Row(kind: "MeshConfig", apiVersion: config, spec: #"{"sidecar":{"logLevel":"error"}}"#),
        Row(
            kind: "MeshConfig", apiVersion: config,
            spec: #"{"sidecar":{"logLevel":"loud"},"traffic":{"inboundPortExclusionList":[1,0]}}"#,
            warned: ["spec.sidecar.logLevel", "spec.traffic.inboundPortExclusionList[1]"]),
        Row(
            kind: "MeshRootCertificate", apiVersion: config,
            spec: #"{"role":"active","provider":{"tresor":{"ca":{"secretRef":{"name":"ca","namespace":"shop"}}}}}"#),
        // The original passes over the namespace, too, and says nothing.
        Row(
            kind: "MeshRootCertificate", apiVersion: config,
            spec: #"{"provider":{"tresor":{"ca":{"secretRef":{"name":"ca","namespace":"other"}}}}}"#,
            warned: ["spec.provider.tresor.ca.secretRef.namespace"]),
        Row(
            kind: "MeshRootCertificate", apiVersion: config,
            spec:
                #"{"trustDomain":"mesh.svc","role":"active","intent":"passive","provider":{"vault":{"host":"v","port":0}}}"#,
            refused: [
                "spec.trustDomain", "spec.intent", "spec.provider.vault.port", "spec.provider.vault.role",
                "spec.provider.vault.protocol", "spec.provider.vault.token.secretKeyRef.name",
                "spec.provider.vault.token.secretKeyRef.key", "spec.provider.vault.token.secretKeyRef.namespace",
            ]),
        Row(
            kind: "MeshRootCertificate", apiVersion: config, spec: #"{"role":["active"],"provider":{}}"#,
            refused: ["spec.role"]),
    ]

    private static func asking(
        _ reviews: [String], _ facts: TestFacts = TestFacts()
    ) async throws -> [ReviewAnswer.Response] {
        let (answers, found) = AsyncStream.makeStream(of: ReviewAnswer.Response.self)
        try await ServedWebhook.serving(.policies(facts: facts)) { webhook in
            for review in reviews {
                let answer = try await webhook.ask("/validate", .bytes(.init(string: review)))
                #expect(answer.status == 200)
                found.yield(try answer.review)
            }
            found.finish()
        }
        return await answers.reduce(into: []) { $0.append($1) }
    }

    @Test("Each kind is admitted, warned of, or refused with exactly the fields that are wrong")
    func kinds() async throws {
        let responses = try await Self.asking(Self.rows.map { Review.policy($0.object, kind: $0.kind) })
        #expect(responses.count == Self.rows.count)
        for (row, response) in zip(Self.rows, responses) {
            #expect(response.uid == "u-2")
            #expect(
                response.allowed == row.refused.isEmpty, "\(row.testDescription): \(response.status?.message ?? "")")
            let causes = response.status?.details?.causes ?? []
            #expect(causes.map(\.field) == row.refused, "\(row.testDescription)")
            #expect(causes.allSatisfy { $0.reason == "FieldValueInvalid" && !$0.message.isEmpty })
            if !row.refused.isEmpty {
                #expect(response.status?.code == 422)
                #expect(response.status?.message.contains("would have no effect") == true)
                for field in row.refused { #expect(response.status?.message.contains("\(field): ") == true) }
            }
            let warnings = response.warnings ?? []
            #expect(warnings.count == row.warned.count, "\(row.testDescription): \(warnings)")
            for (warning, field) in zip(warnings, row.warned) { #expect(warning.hasPrefix(field)) }
        }
        #expect(Set(Self.rows.map(\.kind)).count == 12)
    }

    @Test("Every kind that users write for the mesh has a row that is admitted, and one that is not")
    func completeness() {
        let kinds = ObjectKind.allCases.filter { !$0.group.isEmpty && $0 != .endpointSlice }.map(\.rawValue)
        #expect(kinds.count == 11)
        for kind in kinds {
            let rows = Self.rows.filter { $0.kind == kind }
            #expect(rows.contains { $0.refused.isEmpty && $0.warned.isEmpty }, "\(kind)")
            #expect(rows.contains { !$0.refused.isEmpty || !$0.warned.isEmpty }, "\(kind)")
        }
    }

    @Test("What is wrong and was stored before can lose a finalizer, get a label and be deleted, but not be edited")
    func stored() async throws {
        for row in Self.rows where !row.refused.isEmpty {
            let finalized = Row.object(
                row.kind, row.apiVersion, row.spec, metadata: #","finalizers":["example.com/x"],"generation":3"#)
            let edited = Row.object(row.kind, row.apiVersion, String(row.spec.dropLast()) + #","extra":1}"#)
            let dying = Row.object(
                row.kind, row.apiVersion, String(row.spec.dropLast()) + #","extra":1}"#,
                metadata: #","deletionTimestamp":"2026-01-01T00:00:00Z""#)
            let responses = try await Self.asking([
                Review.policy(row.object, former: finalized, kind: row.kind),
                Review.policy(dying, former: finalized, kind: row.kind),
                Review.policy("null", former: finalized, kind: row.kind, operation: "DELETE"),
                Review.policy(edited, former: row.object, kind: row.kind),
            ])
            #expect(responses.map(\.allowed) == [true, true, true, false], "\(row.testDescription)")
        }
    }

    @Test("Objects that claim the same are no reason to refuse one: there is a warning")
    func rivals() async throws {
        let backend = try #require(Self.rows.first { $0.kind == "IngressBackend" })
        let facts = TestFacts(rivals: [ObjectName(namespace: "shop", name: "other")])
        let response = try await Self.asking([Review.policy(backend.object, kind: "IngressBackend")], facts)[0]
        #expect(response.allowed)
        #expect(response.warnings?.count == 1)
        #expect(response.warnings?.first?.contains("shop/other") == true)
    }

    @Test("An object of another kind is refused, and a list of problems has an end")
    func limits() async throws {
        let other = #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"it","namespace":"shop"}}"#
        let ports = (0..<500).map { _ in "0" }.joined(separator: ",")
        let long = Row.object("TCPRoute", "specs.smi-spec.io/v1alpha4", #"{"matches":{"ports":[\#(ports)]}}"#)
        let responses = try await Self.asking([
            Review.policy(other, kind: "Secret"), Review.policy(long, kind: "TCPRoute"),
        ])
        #expect(responses.map(\.allowed) == [false, false])
        #expect(responses[0].status?.code == 400)
        #expect(responses[1].status?.details?.causes.count == 20)
        #expect(responses[1].status?.message.hasSuffix("; and 480 more") == true)
    }
}
