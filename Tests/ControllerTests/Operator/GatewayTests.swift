import Foundation
import MeshModel
import Observability
import TestCluster
import TestInstruments
import Testing

@testable import osm_controller

/// The certificate of an ingress gateway in a cluster: what is kept, what is left alone, and what is told.
@Suite("The certificate of an ingress gateway on a real API server", .serialized)
struct GatewayTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let names = ["nginx.ingress-nginx.cluster.local", "nginx.example.com"]

    private static func ask(
        _ cluster: TestCluster, for names: [String] = names, validity: String = "24h", _ secret: String,
        in namespace: String
    ) async throws {
        let list = names.map { "\"\($0)\"" }.joined(separator: ",")
        try await patch(
            cluster,
            #"{"subjectAltNames":[\#(list)],"validityDuration":"\#(validity)","secret":{"name":"\#(secret)","namespace":"\#(namespace)"}}"#
        )
    }

    private static func patch(_ cluster: TestCluster, _ gateway: String) async throws {
        try await cluster.kubectlOutput([
            "patch", "meshconfig", "osm-mesh-config", "--namespace", "osm-system", "--type", "merge", "--patch",
            #"{"spec":{"certificate":{"ingressGateway":\#(gateway)}}}"#,
        ])
    }

    private static func root(_ name: String) -> String {
        """
        {apiVersion: config.openservicemesh.io/v1alpha2, kind: MeshRootCertificate, metadata: {name: \(name), namespace: osm-system}, spec: {role: active, trustDomain: cluster.local, provider: {tresor: {ca: {secretRef: {name: \(name), namespace: osm-system}}}}}}
        """
    }

    /// The Secret, once it is as it should be.
    private static func secret(
        _ name: String, in namespace: String, _ running: RunningOperator, _ what: String,
        where isRight: (GatewaySecretText) throws -> Bool = { _ in true }
    ) async throws -> GatewaySecretText {
        var found: GatewaySecretText?
        try await running.until("Secret \(namespace)/\(name): \(what)") {
            found = try await GatewaySecretText.read(name, in: namespace, running.cluster)
            return try found.map(isRight) ?? false
        }
        return try #require(found)
    }

    private static func untilGone(
        _ name: String, in namespace: String, _ running: RunningOperator
    ) async throws {
        try await running.until("Secret \(namespace)/\(name) is gone") {
            try await GatewaySecretText.read(name, in: namespace, running.cluster) == nil
        }
    }

    private static func untilTold(_ status: String, _ words: [String], _ running: RunningOperator) async throws {
        try await running.until("ResolvedRefs of the MeshConfig is \(status) and says \(words)") {
            let text = try await running.cluster.field(
                ".status.conditions[?(@.type=='ResolvedRefs')]['status','message']",
                of: "meshconfig/osm-mesh-config", in: "osm-system")
            return ([status] + words).allSatisfy { text.contains($0) }
        }
    }

    private static func installSample(_ cluster: TestCluster) async throws {
        try await cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: ingress-nginx}}")
        try await cluster.kubectlOutput(["apply", "-k", repository.appending(path: "config/ingress-gateway").path])
    }

    @Test("A Secret in the controller's namespace holds all names, is set right, follows its section and goes with it")
    func lifecycle() async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.runOperator { running in
                try await Self.ask(cluster, "osm-gateway-cert", in: "osm-system")
                let first = try await Self.secret("osm-gateway-cert", in: "osm-system", running, "appears")
                #expect(first.type == "kubernetes.io/tls")
                #expect(first.data?.keys.sorted() == ["ca.crt", "tls.crt", "tls.key"])
                #expect(try first.stands(under: first.text("ca.crt")))
                #expect(try first.isPair)
                #expect(first.roots.count == 1)
                let names = try first.certificate("-ext", "subjectAltName")
                #expect(names.contains("DNS:nginx.ingress-nginx.cluster.local, DNS:nginx.example.com\n"))
                #expect(try first.certificate("-subject").contains("CN = nginx.ingress-nginx.cluster.local"))
                try await running.wait(for: "Ready", of: "meshconfig/osm-mesh-config", in: "osm-system")
                let exposition = running.registry.exposition()
                #expect(
                    exposition.contains(
                        #"osm_cert_expiry_seconds{id="",kind="gateway",name="osm-system/osm-gateway-cert"} 86"#))
                #expect(exposition.contains(#"kind="control-plane",name="osm-control-plane-ca"} 3153"#))
                #expect(exposition.contains("osm_trust_epoch 1\n") && exposition.contains("osm_trust_waiting_pods 0\n"))
                #expect(!exposition.contains("\nosm_proxy_cert_expiry_seconds"))

                // Deleted and damaged.
                try await cluster.kubectlOutput(["delete", "secret", "osm-gateway-cert", "--namespace", "osm-system"])
                let again = try await Self.secret("osm-gateway-cert", in: "osm-system", running, "comes back") {
                    $0.metadata.uid != first.metadata.uid
                }
                #expect(again.text("tls.key") != first.text("tls.key"))
                for field in ["ca.crt", "tls.crt", "tls.key"] {
                    try await cluster.kubectlOutput([
                        "patch", "secret", "osm-gateway-cert", "--namespace", "osm-system", "--type", "merge",
                        "--patch",
                        #"{"data":{"\#(field)":"Z2FyYmFnZQ=="}}"#,
                    ])
                    let repaired = try await Self.secret(
                        "osm-gateway-cert", in: "osm-system", running, "\(field) is back"
                    ) {
                        try $0.text(field) != "garbage" && $0.stands(under: $0.text("ca.crt")) && $0.isPair
                    }
                    #expect(repaired.text("ca.crt") == first.text("ca.crt"))
                }
                try await cluster.kubectlOutput([
                    "patch", "secret", "osm-gateway-cert", "--namespace", "osm-system", "--type", "merge", "--patch",
                    #"{"immutable":true,"data":{"tls.key":"Z2FyYmFnZQ=="}}"#,
                ])
                _ = try await Self.secret("osm-gateway-cert", in: "osm-system", running, "is made anew") {
                    try $0.isPair
                }

                // Edited: validity, so short that it is renewed, then names, then a mistake.
                try await Self.ask(cluster, validity: "12s", "osm-gateway-cert", in: "osm-system")
                let brief = try await Self.secret("osm-gateway-cert", in: "osm-system", running, "ends soon") {
                    try $0.certificate("-checkend", "60").contains("will expire")
                }
                _ = try await Self.secret("osm-gateway-cert", in: "osm-system", running, "is renewed") {
                    $0.text("tls.crt") != brief.text("tls.crt")
                }
                try await Self.ask(cluster, for: ["edge.example.com"], "osm-gateway-cert", in: "osm-system")
                let renamed = try await Self.secret("osm-gateway-cert", in: "osm-system", running, "has other names") {
                    try $0.certificate("-ext", "subjectAltName").contains("DNS:edge.example.com\n")
                }
                try await Self.ask(
                    cluster, for: ["osm-controller.osm-system.svc"], "osm-gateway-cert", in: "osm-system")
                try await running.until("a name of the control plane is refused") {
                    try await cluster.field(
                        ".status.conditions[?(@.type=='Accepted')]['status','message']",
                        of: "meshconfig/osm-mesh-config", in: "osm-system"
                    ).contains("subjectAltNames[0]")
                }
                try await Task.sleep(for: .seconds(5))
                let kept = try await GatewaySecretText.read("osm-gateway-cert", in: "osm-system", cluster)
                #expect(kept?.text("tls.crt") == renamed.text("tls.crt"))
            }
            // Removed while nobody runs: the leader that comes finds it.
            try await Self.patch(cluster, "null")
            try await cluster.runOperator { running in
                try await Self.untilGone("osm-gateway-cert", in: "osm-system", running)
                try await running.wait(for: "Ready", of: "meshconfig/osm-mesh-config", in: "osm-system")
            }
        }
    }

    @Test("A rotation waits for the gateway: both roots first, then the new issuer, then the new root alone")
    func rotation() async throws {
        try await RunningOperator.withCluster { cluster in
            try await Self.installSample(cluster)
            try await cluster.runOperator { running in
                try await Self.ask(cluster, "osm-nginx-client-cert", in: "ingress-nginx")
                let first = try await Self.secret("osm-nginx-client-cert", in: "ingress-nginx", running, "appears")
                let old = try #require(try first.signer)
                #expect(first.roots == [old])
                try await cluster.apply(Self.root("next"))
                var seen = ["old by old"]
                var message = ""
                try await running.until("the rotation is over") {
                    let ready = try await cluster.field(
                        ".status.conditions[?(@.type=='Ready')].status", of: "meshrootcertificate/next",
                        in: "osm-system")
                    let programmed = try await cluster.field(
                        ".status.conditions[?(@.type=='Programmed')].message", of: "meshrootcertificate/next",
                        in: "osm-system")
                    if programmed.contains("waiting for Secret ingress-nginx/osm-nginx-client-cert") {
                        message = programmed
                    }
                    let secret = try #require(
                        try await GatewaySecretText.read("osm-nginx-client-cert", in: "ingress-nginx", cluster))
                    let signer = try #require(try secret.signer)
                    let state =
                        secret.roots.map { $0 == old ? "old" : "new" }.sorted().joined(separator: "+")
                        + " by \(signer == old ? "old" : "new")"
                    if seen.last != state { seen.append(state) }
                    return ready == "True"
                }
                #expect(seen == ["old by old", "new+old by old", "new+old by new", "new by new"])
                #expect(message.hasPrefix("step "), "the gateway is named while it is waited for: \(message)")
                let events = try await cluster.kubectlOutput([
                    "get", "events", "--namespace", "osm-system", "--field-selector", "involvedObject.name=next",
                    "--output",
                    "jsonpath={.items[*].reason}",
                ])
                for reason in ["RootDistributing", "RootSigning", "RootInEffect"] {
                    #expect(events.contains(reason), "\(events)")
                }
            }
            // Another leader, to whom the configuration says nothing that can be read, goes on with what there is.
            try await Self.ask(cluster, validity: "yesterday", "osm-nginx-client-cert", in: "ingress-nginx")
            try await cluster.runOperator { running in
                try await cluster.apply(Self.root("third"))
                let secret = try await Self.secret(
                    "osm-nginx-client-cert", in: "ingress-nginx", running, "has a further root"
                ) { $0.roots.count == 2 }
                #expect(try secret.certificate("-ext", "subjectAltName").contains(Self.names[1]))
            }
        }
    }

    @Test("What cannot be kept is told, left alone, and holds no rotation up")
    func refusals() async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: edge}}")
            try await cluster.kubectlOutput([
                "create", "secret", "generic", "osm-contour-envoy-client-cert", "--namespace", "osm-system",
                "--from-literal=a=b",
            ])
            try await cluster.runOperator { running in
                // Ours, then one that is not: both stay as they are, since the former is all that the gateway has.
                try await Self.ask(cluster, "osm-gateway-cert", in: "osm-system")
                let former = try await Self.secret("osm-gateway-cert", in: "osm-system", running, "appears")
                try await Self.ask(cluster, "osm-contour-envoy-client-cert", in: "osm-system")
                try await Self.untilTold("False", ["is not the controller's", "ingressGateway.secret"], running)
                // The root's own Secret is not the gateway's either.
                try await Self.ask(cluster, "osm-ca-bundle", in: "osm-system")
                try await Self.untilTold("False", ["osm-ca-bundle exists and is not the controller's"], running)
                // No right, no namespace.
                try await Self.ask(cluster, "osm-gateway-cert", in: "edge")
                try await Self.untilTold("False", ["edge/osm-gateway-cert", "config/ingress-gateway"], running)
                try await cluster.apply(Self.root("next"))
                try await running.wait(for: "Ready", of: "meshrootcertificate/next", in: "osm-system")
                // The name of pods that are in the mesh.
                try await cluster.apply(
                    "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}}"
                )
                _ = try await running.pod("buyer", in: "shop")
                try await Self.ask(cluster, for: ["buyer.shop.cluster.local"], "osm-gateway-cert", in: "osm-system")
                try await Self.untilTold("False", ["subjectAltNames", "ServiceAccount shop/buyer"], running)
                let kept = try await GatewaySecretText.read("osm-gateway-cert", in: "osm-system", cluster)
                #expect(kept?.text("tls.crt") == former.text("tls.crt"))
                try await Self.ask(cluster, for: ["gateway.shop.cluster.local"], "osm-gateway-cert", in: "osm-system")
                _ = try await Self.secret("osm-gateway-cert", in: "osm-system", running, "appears by another name") {
                    $0.text("tls.crt") != former.text("tls.crt")
                }
                try await Self.untilTold("True", [], running)
                let foreign = try #require(
                    try await GatewaySecretText.read("osm-contour-envoy-client-cert", in: "osm-system", cluster))
                #expect(foreign.data == ["a": Data("b".utf8)])
                let told = running.log.lines("the certificate of the ingress gateway is not what is asked for").count
                #expect((4...6).contains(told), "each problem is logged once: \(told)")
            }
        }
    }
}
