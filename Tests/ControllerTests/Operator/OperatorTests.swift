import Foundation
import MeshModel
import TestCluster
import TestInstruments
import Testing
import XDSCache

/// The assembled operator: from `kubectl apply` to the proxy, and back to `kubectl get`.
@Suite("The operator on a real API server", .serialized)
struct OperatorTests {
    @Test("an edit costs what it changes, from kubectl to the wire, and is true when kubectl wait returns")
    func edit() async throws {
        try await RunningOperator.with { running in
            let namespace = try await running.meshNamespace()
            try await running.cluster.apply(Self.policies(namespace, path: "/first"))
            let names = ["client", "server", "bystander"]
            let proxies = names.map { TestProxy(nodeID: $0) }
            var ids: [ProxyID] = []
            try await withThrowingTaskGroup(of: Void.self) { group in
                let roots = try await running.rootsPEM(in: namespace)
                for (name, proxy) in zip(names, proxies) {
                    let (id, token) = try await running.pod(name, in: namespace)
                    ids.append(id)
                    group.addTask { try await proxy.run(port: running.port, token: token, rootsPEM: roots) }
                }
                let known = ids
                try await running.until("all proxies are current") {
                    known.allSatisfy { running.cache.acknowledgedRevision(of: $0) == running.cache.revision }
                        && proxies.allSatisfy { $0.received.resources > 0 }
                }
                try await running.wait(for: "Ready", of: "httproutegroup/routes", in: namespace)
                let before = proxies.map(\.received.bytes)
                let lines = running.log.lines("batch published").count
                try await running.cluster.apply(Self.routes(namespace, path: "/second"))
                try await running.wait(for: "Programmed", of: "httproutegroup/routes", in: namespace)
                let routes = proxies[1].received.bodies[TestProxy.route] ?? [:]
                #expect(routes.values.contains { String(decoding: $0, as: UTF8.self).contains("/second") })
                #expect(!routes.values.contains { String(decoding: $0, as: UTF8.self).contains("/first") })
                let batches = running.log.lines("batch published").dropFirst(lines)
                let cost = try #require(batches.first)
                #expect(batches.count == 1, "the statuses that were written are no changes")
                #expect(cost.number("batch.changes") == 1)
                #expect(cost.number("batch.translated").map { $0 <= 2 } == true)
                #expect(zip(proxies, before).map { $0.received.bytes > $1 } == [false, true, false])
                let message = try await running.cluster.field(
                    #".status.conditions[?(@.type=="Programmed")].message"#, of: "httproutegroup/routes", in: namespace)
                // The client whom the group lets in, and the server; of the bystander nothing is waited for.
                #expect(message == "2/2 proxies")
                group.cancelAll()
            }
        }
    }

    @Test("a namespace that leaves the mesh takes its objects along at once, and brings them back")
    func label() async throws {
        try await RunningOperator.with { running in
            let namespace = try await running.meshNamespace()
            try await running.cluster.apply(Self.policies(namespace, path: "/first"))
            try await running.wait(for: "Ready", of: "traffictarget/allowed", in: namespace)
            let label = ["label", "namespace", namespace]
            try await running.cluster.kubectlOutput(label + ["openservicemesh.io/monitored-by-"])
            let reason = #".status.conditions[?(@.type=="Ready")].reason"#
            try await running.until("the target is told that it is outside") {
                try await running.cluster.field(reason, of: "traffictarget/allowed", in: namespace) == "NotInMesh"
            }
            try await running.cluster.kubectlOutput(label + ["openservicemesh.io/monitored-by=osm"])
            try await running.wait(for: "Ready", of: "traffictarget/allowed", in: namespace)
        }
    }

    @Test("a kind whose CRD is missing stops no other, is reported, and is taken up when the CRD comes")
    func missingKind() async throws {
        try await RunningOperator.with { running in
            let namespace = try await running.meshNamespace()
            let crd = try await running.cluster.kubectlOutput([
                "get", "crd", "tcproutes.specs.smi-spec.io", "--output", "json",
            ])
            try await running.cluster.kubectlOutput(["delete", "crd", "tcproutes.specs.smi-spec.io"])
            try await running.until("the missing kind is reported") {
                running.log.lines("").contains { line in
                    "\(line)".contains("TCPRoute") && "\(line)".contains("crds")
                }
            }
            try await running.cluster.apply(Self.policies(namespace, path: "/first"))
            try await running.wait(for: "Ready", of: "traffictarget/allowed", in: namespace)
            try await running.cluster.kubectlOutput(
                ["create", "-f", "-"], input: crd.replacing(#"("uid"|"resourceVersion"): "[^"]*",?"#, with: ""))
            try await running.until("the kind is served again") {
                let route = """
                    {apiVersion: specs.smi-spec.io/v1alpha4, kind: TCPRoute, metadata: {name: t, namespace: \(namespace)},
                     spec: {matches: {ports: [80]}}}
                    """
                return try await running.cluster.kubectl(["apply", "-f", "-"], input: route).status == 0
            }
            try await running.wait(for: "Ready", of: "tcproute/t", in: namespace)
        }
    }

    @Test("an object of a kind without effect is told so, and no written status is drift to GitOps")
    func withoutEffect() async throws {
        try await RunningOperator.with { running in
            let namespace = try await running.meshNamespace()
            let manifests =
                Self.policies(namespace, path: "/first") + """

                    ---
                    apiVersion: policy.openservicemesh.io/v1alpha1
                    kind: Retry
                    metadata: {name: again, namespace: \(namespace)}
                    spec:
                      source: {kind: ServiceAccount, name: client, namespace: \(namespace)}
                      destinations: [{kind: Service, name: server, namespace: \(namespace)}]
                      retryPolicy: {retryOn: "5xx", perTryTimeout: 1s, numRetries: 3, retryBackoffBaseInterval: 1s}
                    """
            try await running.cluster.apply(manifests)
            try await running.wait(for: "Stalled", of: "retry/again", in: namespace)
            try await running.wait(for: "Ready", of: "traffictarget/allowed", in: namespace)
            let difference = try await running.cluster.kubectl(["diff", "-f", "-"], input: manifests)
            #expect(difference.status == 0, "\(difference.stdout)\(difference.stderr)")
            let again = try await running.cluster.kubectlOutput(["apply", "-f", "-"], input: manifests)
            #expect(again.split(separator: "\n").allSatisfy { $0.hasSuffix("unchanged") }, "\(again)")
        }
    }

    private static func routes(_ namespace: String, path: String) -> String {
        """
        apiVersion: specs.smi-spec.io/v1alpha4
        kind: HTTPRouteGroup
        metadata: {name: routes, namespace: \(namespace)}
        spec: {matches: [{name: one, pathRegex: "\(path)", methods: [GET]}]}
        """
    }

    private static func policies(_ namespace: String, path: String) -> String {
        routes(namespace, path: path) + """

            ---
            apiVersion: access.smi-spec.io/v1alpha3
            kind: TrafficTarget
            metadata: {name: allowed, namespace: \(namespace)}
            spec:
              destination: {kind: ServiceAccount, name: server, namespace: \(namespace)}
              sources: [{kind: ServiceAccount, name: client, namespace: \(namespace)}]
              rules: [{kind: HTTPRouteGroup, name: routes}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: server, namespace: \(namespace)}
            spec: {selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8080, protocol: TCP}]}
            """
    }
}

extension RunningOperator {
    /// A new namespace of the mesh.
    func meshNamespace() async throws -> String {
        try await cluster.createNamespace("shop", labels: ["openservicemesh.io/monitored-by": "osm"])
    }
}
