import TestCluster
import Testing

@Suite("osm verify on a real API server")
struct VerifyTranscriptTests {
    @Test("verifies what a pod lacks to reach another")
    func verify() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, _) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        let outside = try await cluster.cluster.createNamespace("outside")
        _ = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        try await cluster.makePod("client", in: shop)
        try await cluster.makePod("server", in: outside, isMeshed: false)
        let line = await cluster.osm(
            "verify", "connectivity", "--from-pod", "\(shop)/client", "--to-pod", "\(outside)/server", "--mesh-name",
            mesh)
        #expect(line.status == 1)
        #expect(line.out.contains("Reason: Namespace \"\(outside)\" is not monitored by a mesh\n"))
        #expect(line.out.contains("Reason: Did not find Envoy sidecar on pod \"\(outside)/server\"\n"))
        #expect(!line.out.contains("Did not find Envoy sidecar on pod \"\(shop)/client\""))
        let bad = await cluster.osm("verify", "connectivity", "--from-pod", "client", "--to-pod", "a/b")
        #expect(bad.status == 2)
    }

    @Test("verifies what keeps an ingress controller from a pod, step by step")
    func ingress() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, _) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        let gateway = try await cluster.cluster.createNamespace("gateway")
        _ = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        try await cluster.makePod("web", in: shop)
        try await cluster.makePod("controller", in: gateway)
        try await cluster.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: controller, namespace: \(gateway)}
            spec: {selector: {app: controller}, ports: [{port: 80}]}
            ---
            apiVersion: policy.openservicemesh.io/v1alpha1
            kind: IngressBackend
            metadata: {name: other, namespace: \(shop)}
            spec:
              backends: [{name: web, port: {number: 80, protocol: http}}]
              sources: [{kind: IPRange, name: 10.0.0.0/8}]
            """)
        func verify(_ backend: String, _ more: String...) async -> [Substring] {
            let line = await Transcript.of(
                [
                    "verify", "ingress", "--from-service", "\(gateway)/controller", "--to-pod", "\(shop)/web",
                    "--to-service", "web", "--ingress-backend", backend, "--to-port", "80", "--mesh-name", mesh,
                    "--kubeconfig", cluster.cluster.kubeconfigPath,
                ] + more)
            #expect(line.status == 1)
            return line.out.split(separator: "\n")
        }
        let lines = await verify("none")
        #expect(lines.first == "---------------------------------------------" && lines.last == lines.first)
        #expect(lines.dropFirst(2).first == "Status: Failure")
        for reason in [
            "IngressBackend \"\(shop)/none\" does not exist",
            "Found Envoy sidecar on pod \"\(gateway)/controller\"",
            "It does not, or does not exist",
        ] { #expect(lines.contains { $0 == "Reason: \(reason)" }, "\(lines)") }
        // The pod runs nowhere.
        #expect(lines.contains { $0.hasPrefix("Reason: asking port 15000 of pod \(shop)/web: ") })
        let source =
            "Reason: No source matching service \"\(gateway)/controller\" found in IngressBackend \"\(shop)/other\""
        #expect(await verify("other").contains { $0 == source })
        let spoken = "Reason: The backend's protocol is http, not https"
        #expect(await verify("other", "--app-protocol", "https").contains { $0 == spoken })
        let json = await Transcript.of([
            "verify", "control-plane-health", "--osm-namespace", shop, "-o", "yaml", "--kubeconfig",
            cluster.cluster.kubeconfigPath,
        ])
        #expect(json.status == 1)
        #expect(json.out.hasPrefix("context: Verify the health of OSM control plane\nnested:\n- context: "))
        #expect(json.out.contains("\nstatus: Failure\n"))
    }
}
