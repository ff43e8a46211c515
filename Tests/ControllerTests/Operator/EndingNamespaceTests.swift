import Foundation
import Logging
import MeshModel
import TestCluster
import TestInstruments
import Testing
import XDSCache

/// A namespace that is being deleted can stay so for hours: finalizers hold what is in it.
@Suite("The operator and a namespace that is being deleted", .serialized)
struct EndingNamespaceTests {
    private static let held = #"finalizers: [test.openservicemesh.io/hold]"#

    private static func policies(_ namespace: String, path: String) -> String {
        """
        apiVersion: specs.smi-spec.io/v1alpha4
        kind: HTTPRouteGroup
        metadata: {name: routes, namespace: \(namespace), \(held)}
        spec: {matches: [{name: one, pathRegex: "\(path)", methods: [GET]}]}
        ---
        apiVersion: access.smi-spec.io/v1alpha3
        kind: TrafficTarget
        metadata: {name: allowed, namespace: \(namespace), \(held)}
        spec:
          destination: {kind: ServiceAccount, name: server, namespace: \(namespace)}
          sources: [{kind: ServiceAccount, name: server, namespace: \(namespace)}]
          rules: [{kind: HTTPRouteGroup, name: routes}]
        """
    }

    private static func service(_ namespace: String) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: server, namespace: \(namespace), \(held)}
        spec: {selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8080, protocol: TCP}]}
        """
    }

    /// What of the namespace is held by a finalizer of ours.
    private static let heldObjects = ["httproutegroup/routes", "traffictarget/allowed", "service/server", "pod/server"]

    /// How many times the API server refused what was to be kept in a ConfigMap, as it says itself.
    ///
    /// (Its own controllers create; only the operator applies.)
    private static func refusals(_ running: RunningOperator) async throws -> Double {
        let figures = try await running.cluster.kubectlOutput(["get", "--raw", "/metrics"])
        return figures.split(separator: "\n").filter { line in
            line.hasPrefix("apiserver_request_total{") && line.contains(#"code="403""#)
                && line.contains(#"resource="configmaps""#)
                && (line.contains(#"verb="APPLY""#) || line.contains(#"verb="PATCH""#))
        }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    @Test("what is held there is served and told as ever, nothing is made there again and again, and no log fills")
    func ending() async throws {
        try await RunningOperator.with { running in
            let namespace = try await running.meshNamespace()
            let cluster = running.cluster
            try await cluster.apply(Self.policies(namespace, path: "/first") + "\n---\n" + Self.service(namespace))
            let (id, token) = try await running.pod("server", in: namespace)
            try await cluster.kubectlOutput([
                "patch", "pod/server", "--namespace", namespace, "--type", "merge", "--patch",
                #"{"metadata":{"finalizers":["test.openservicemesh.io/hold"]}}"#,
            ])
            let proxy = TestProxy(nodeID: "server")
            let roots = try await running.rootsPEM(in: namespace)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await proxy.run(port: running.port, token: token, rootsPEM: roots) }
                try await running.wait(for: "Ready", of: "traffictarget/allowed", in: namespace)
                try await running.until("the proxy is current") {
                    proxy.received.resources > 0
                        && running.cache.acknowledgedRevision(of: id) == running.cache.revision
                }
                try await cluster.kubectlOutput(["delete", "namespace", namespace, "--wait=false"])
                try await running.until("the bundle is gone, as everything that nothing holds") {
                    try await cluster.kubectl(["get", "configmap/osm-ca-bundle", "--namespace", namespace]).status != 0
                }
                let ended = "a namespace is being deleted"
                try await running.until("it is found that nothing can be made there") {
                    !running.log.lines(ended).isEmpty
                }
                let begin = ContinuousClock.now
                // From here on all is as it was, but for a try now and then.
                let (warnings, refused) = (
                    running.log.lines("").count { Self.isLoud($0) }, try await Self.refusals(running)
                )
                #expect(refused >= 1)
                try await Self.checkEdit(running, namespace, proxy)
                try await Task.sleep(for: .seconds(25))
                #expect(running.log.lines(ended).count == 1)
                let loud = running.log.lines("").filter { Self.isLoud($0) }.dropFirst(warnings)
                #expect(loud.isEmpty, "\(loud)")
                let (now, tries) = (ContinuousClock.now, try await Self.refusals(running) - refused)
                // It tries again every ten seconds, since it may be another namespace of that name by then.
                #expect(tries >= 1)
                #expect(tries <= (now - begin) / .seconds(10) + 1, "\(tries) requests were refused")
                #expect(running.cache.progress(of: id)?.isConnected == true)
                try await Self.letGo(running, namespace, id)
                group.cancelAll()
            }
            try await Self.checkReturn(running, namespace)
        }
    }

    private static func isLoud(_ line: LogRecorder.Line) -> Bool { line.level >= .warning }

    /// An edit there reaches the proxy, and its status the object.
    private static func checkEdit(_ running: RunningOperator, _ namespace: String, _ proxy: TestProxy) async throws {
        try await running.cluster.kubectlOutput([
            "patch", "httproutegroup/routes", "--namespace", namespace, "--type", "merge", "--patch",
            #"{"spec":{"matches":[{"name":"one","pathRegex":"/second","methods":["GET"]}]}}"#,
        ])
        try await running.until("the edit is at the proxy") {
            let bodies = proxy.received.bodies[TestProxy.route] ?? [:]
            return bodies.values.contains { String(decoding: $0, as: UTF8.self).contains("/second") }
        }
        let generation = try await running.cluster.field(
            ".metadata.generation", of: "httproutegroup/routes", in: namespace)
        try await running.until("its status is told") {
            try await running.cluster.field(".status.observedGeneration", of: "httproutegroup/routes", in: namespace)
                == generation
        }
    }

    /// Takes away what holds the namespace, and waits until nothing is left of it.
    private static func letGo(_ running: RunningOperator, _ namespace: String, _ id: ProxyID) async throws {
        for object in heldObjects {
            // What was deleted meanwhile need not be let go.
            _ = try await running.cluster.kubectl([
                "patch", object, "--namespace", namespace, "--type", "merge", "--patch",
                #"{"metadata":{"finalizers":null}}"#,
            ])
        }
        // There is no kubelet that would end the pod.
        _ = try await running.cluster.kubectl([
            "delete", "pod/server", "--namespace", namespace, "--grace-period=0", "--force", "--wait=false",
        ])
        try await running.until("the namespace is gone") {
            try await running.cluster.kubectl(["get", "namespace", namespace]).status != 0
        }
        try await running.until("the proxy is forgotten") { running.cache.progress(of: id) == nil }
    }

    /// A namespace of the same name is one of the mesh as any.
    private static func checkReturn(_ running: RunningOperator, _ namespace: String) async throws {
        try await running.cluster.apply(
            """
            {apiVersion: v1, kind: Namespace,
             metadata: {name: \(namespace), labels: {openservicemesh.io/monitored-by: osm}}}
            """)
        _ = try await running.rootsPEM(in: namespace)
        try await running.cluster.apply(policies(namespace, path: "/third") + "\n---\n" + service(namespace))
        try await running.wait(for: "Ready", of: "traffictarget/allowed", in: namespace)
    }
}
