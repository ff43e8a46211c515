import Foundation
import TestCluster
import Testing

extension OnRealServer {
    @Suite("Manifests that the schemas refuse")
    struct RefusedManifestTests {
        /// A change of a kind's sample that makes it bad, and the field that the message must name.
        struct Mistake: Sendable, CustomTestStringConvertible {
            let kind: MeshKind
            let path: String
            let value: Tree
            let field: String

            init(_ kind: MeshKind, _ path: String, _ value: Tree, names field: String? = nil) {
                self.kind = kind
                self.path = path
                self.value = value
                self.field = field ?? "spec.\(path)"
            }

            var testDescription: String { "\(kind.name) \(path) \((try? value.json) ?? "")" }
        }

        static let mistakes: [Mistake] = [
            Mistake(.trafficTarget, "destination", .null),
            Mistake(.trafficTarget, "destination.name", .null),
            Mistake(.trafficTarget, "rules.0.kind", "HTTPRoute", names: "spec.rules.kind"),
            Mistake(.trafficTarget, "sources.0.kind", .null, names: "spec.sources.kind"),
            Mistake(.httpRouteGroup, "matches", .null),
            Mistake(.httpRouteGroup, "matches.0.name", .null, names: "spec.matches.name"),
            Mistake(.httpRouteGroup, "matches.0.methods", ["get"], names: "spec.matches.methods"),
            Mistake(.httpRouteGroup, "matches.0.headers", ["user-agent": ".*"], names: "spec.matches.headers"),
            Mistake(.tcpRoute, "matches.ports", .null),
            Mistake(.tcpRoute, "matches.ports", ["http"]),
            Mistake(.trafficSplit, "service", .null),
            Mistake(.trafficSplit, "backends.0.weight", "500m", names: "spec.backends.weight"),
            Mistake(.trafficSplit, "matches.0.kind", "TCPRoute", names: "spec.matches.kind"),
            Mistake(.meshConfig, "sidecar.logLevel", "verbose"),
            Mistake(.meshConfig, "sidecar.logLevel", false),
            Mistake(.meshConfig, "sidecar.tlsMinProtocolVersion", "TLSv1"),
            Mistake(.meshConfig, "sidecar.localProxyMode", "NodeIP"),
            Mistake(.meshConfig, "traffic.outboundIPRangeExclusionList", ["10.0.0.1"]),
            Mistake(.meshConfig, "traffic.outboundIPRangeInclusionList", ["fd00::"]),
            Mistake(.meshConfig, "traffic.outboundIPRangeInclusionList", ["somewhere/8"]),
            Mistake(.meshConfig, "traffic.inboundPortExclusionList", [0]),
            Mistake(.meshConfig, "traffic.outboundPortExclusionList", [65_536]),
            Mistake(.meshConfig, "traffic.inboundExternalAuthorization.port", 0),
            Mistake(
                .meshConfig, "certificate.certKeyBitSize", 2_048, names: "spec.certificate.serviceCertValidityDuration"),
            Mistake(.meshConfig, "certificate.keyAlgorithm", "RSA"),
            Mistake(.meshRootCertificate, "role", "second"),
            Mistake(.meshRootCertificate, "intent", "Active"),
            Mistake(.meshRootCertificate, "provider", .null),
            Mistake(.meshRootCertificate, "provider", [:]),
            Mistake(.meshRootCertificate, "provider.vault", [:], names: "spec.provider"),
            Mistake(.meshRootCertificate, "provider.tresor.ca.secretRef.name", .null),
            Mistake(.extensionService, "host", ""),
            Mistake(.extensionService, "port", 65_536),
            Mistake(.extensionService, "connectTimeout", "1"),
            Mistake(.egress, "sources.0.kind", "Service", names: "spec.sources.kind"),
            Mistake(.egress, "ipAddresses", ["192.0.2.0"]),
            Mistake(.egress, "ports.0.number", 0, names: "spec.ports.number"),
            Mistake(.ingressBackend, "backends.0.port.number", 65_536, names: "spec.backends.port.number"),
            Mistake(.ingressBackend, "backends.0.tls", [:], names: "spec.backends.tls.skipClientCertValidation"),
            Mistake(.ingressBackend, "sources", .null),
            Mistake(.retry, "retryPolicy.numRetries", .null),
            Mistake(.retry, "retryPolicy.perTryTimeout", "1d"),
            Mistake(.retry, "retryPolicy.perTryTimeout", "PT1S"),
            Mistake(.retry, "retryPolicy.retryBackoffBaseInterval", "1.s5"),
            Mistake(.upstreamTrafficSetting, "host", .null),
            Mistake(.upstreamTrafficSetting, "connectionSettings.tcp.maxConnections", -1),
            Mistake(.upstreamTrafficSetting, "connectionSettings.tcp.connectTimeout", "5 s"),
            Mistake(.upstreamTrafficSetting, "rateLimit.local.http.unit", "day"),
            Mistake(.upstreamTrafficSetting, "rateLimit.local.http.responseStatusCode", 200),
            Mistake(.upstreamTrafficSetting, "rateLimit.global.tcp.domain", "d", names: "spec.rateLimit.global.tcp"),
            Mistake(
                .upstreamTrafficSetting, "httpRoutes",
                [["path": "/", "rateLimit": ["global": ["descriptors": [["entries": [["a": "b"]]]]]]]],
                names: "spec.httpRoutes.rateLimit.global.descriptors.entries"),
            Mistake(.telemetry, "accessLog.format", ""),
            Mistake(.telemetry, "accessLog.openTelemetry.extensionService.namespace", .null),
        ]

        // The samples themselves are accepted: ColumnTests.
        @Test("A mistake is refused, and the message names the field", arguments: MeshKind.all)
        func refusal(kind: MeshKind) async throws {
            let cluster = try await MeshKind.cluster()
            let mistakes = Self.mistakes.filter { $0.kind.name == kind.name }
            try #require(!mistakes.isEmpty)
            let manifests = try mistakes.enumerated().map { index, mistake in
                var manifest = try Tree(json: kind.object("mistake-\(index)"))
                manifest.set(["spec"] + mistake.path.split(separator: ".").map(String.init), to: mistake.value)
                return try manifest.json
            }
            // The server alone is asked, which keeps nothing: kubectl's own checks are off.
            let outcome = try await cluster.kubectl(
                ["create", "--namespace", "default", "--dry-run=server", "--validate=false", "-f", "-"],
                input: manifests.map { "---\n\($0)\n" }.joined())
            #expect(outcome.status != 0 && outcome.stdout.isEmpty, "\(outcome.stdout)")
            let answers = outcome.stderr.components(separatedBy: "\"mistake-").dropFirst()
            try #require(answers.count == mistakes.count, "\(outcome.stderr)")
            for (index, (answer, mistake)) in zip(answers, mistakes).enumerated() {
                #expect(answer.hasPrefix("\(index)\" is invalid:"))
                #expect(answer.contains(mistake.field), "\(mistake.testDescription): \(answer)")
            }
        }
    }
}
