import Foundation
import MeshModel
import PolicyCompiler
import TestCluster
import TestInstruments
import Testing
import XDSCache

@testable import osm_controller

/// What a pod has called, by a real API server between controllers.
@Suite("What pods have called, between controllers on a real API server", .serialized)
struct CallExchangeTests {
    @Test("is known to another controller, and to one that starts later, without a question; edits of it are undone")
    func exchange() async throws {
        try await RunningOperator.withCluster { cluster in
            let call = try await Call.prepared(cluster)
            let namespace = call.namespace
            let proxy = try await cluster.runLazily("one") { first in
                let (proxy, token) = try await first.pod("client", in: namespace)
                try await call.answered(of: proxy, token, first)
                try await cluster.runLazily("two") { second in
                    try await second.until("the other controller knows the call") { call.isKnown(of: proxy, second) }
                    try await call.kept(cluster)
                    #expect(second.log.lines("addresses asked about").isEmpty)
                    try await call.damage(cluster, ["patch", "--type", "merge", "--patch", #"{"data":null}"#])
                    try await call.damage(cluster, ["delete"])
                    try await call.damage(
                        cluster, ["patch", "--type", "merge", "--patch", #"{"immutable":true,"data":null}"#])
                    #expect(call.isKnown(of: proxy, first) && call.isKnown(of: proxy, second))
                }
                return proxy
            }
            try await cluster.runLazily("three") { third in
                try await third.until("something was published") { third.cache.revision > 0 }
                #expect(call.isKnown(of: proxy, third), "from the first publication on")
                #expect(third.log.lines("addresses asked about").isEmpty)
                let pod = ["delete", "pod", "client", "--namespace", namespace, "--grace-period", "0", "--force"]
                try await cluster.kubectlOutput(pod)
                try await third.until("the pod is gone") { third.cache.view(of: proxy) == nil }
                #expect(try await !call.entries(cluster).isEmpty, "another pod may come")
                try await cluster.kubectlOutput(["delete", "serviceaccount", "client", "--namespace", namespace])
                try await third.until("what it called is forgotten with the ServiceAccount") {
                    try await call.entries(cluster).isEmpty
                }
            }
        }
    }

    @Test("cannot be kept without the right to it, which stops nothing; what may be made but not watched is not made")
    func withoutRights() async throws {
        try await RunningOperator.withCluster { cluster in
            let patch = #"[{"op":"replace","path":"/rules/5/verbs","value":["create"]}]"#
            let role = ["role", "osm-controller", "--namespace", "osm-system"]
            let rule = try await cluster.kubectlOutput(
                ["get"] + role + ["--output", "jsonpath={.rules[5].resources[0]} {.rules[5].verbs}"])
            #expect(rule.hasPrefix("configmaps") && rule.contains("watch"), "the rule about ConfigMaps: \(rule)")
            try await cluster.kubectlOutput(["patch"] + role + ["--type", "json", "--patch", patch])
            let call = try await Call.prepared(cluster)
            try await cluster.runLazily("one") { running in
                try await running.until("something was published") { running.cache.revision > 0 }
                let (proxy, token) = try await running.pod("client", in: call.namespace)
                try await call.answered(of: proxy, token, running)
                // More than the half of a second after which it would be written.
                try await Task.sleep(for: .seconds(3))
                #expect(try await call.entries(cluster).isEmpty)
                #expect(running.log.lines("This kind may not be read").contains { "\($0)".contains("ConfigMap") })
            }
        }
    }

    /// A pod's call of an address.
    private struct Call: Sendable {
        let address: SocketAddress
        let namespace: String

        /// A mesh with a service that everybody may call, which nobody has done yet.
        static func prepared(_ cluster: TestCluster) async throws -> Call {
            try await cluster.kubectlOutput([
                "patch", "meshconfig", "osm-mesh-config", "--namespace", "osm-system", "--type", "merge", "--patch",
                #"{"spec":{"traffic":{"enablePermissiveTrafficPolicyMode":true}}}"#,
            ])
            let namespace = try await cluster.createNamespace(
                "shop", labels: ["openservicemesh.io/monitored-by": "osm"])
            try await cluster.apply(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: server, namespace: \(namespace)}
                spec: {selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8080, protocol: TCP}]}
                """)
            let ip = try #require(
                IPAddress(try await cluster.field(".spec.clusterIP", of: "service/server", in: namespace)))
            return Call(address: SocketAddress(ip: ip, port: 80), namespace: namespace)
        }

        /// Asks for the address, and waits for the answer.
        func answered(of id: ProxyID, _ token: String, _ running: RunningOperator) async throws {
            let roots = try await running.rootsPEM(in: namespace)
            let proxy = TestProxy(nodeID: "client")
            let name = ResourceName.onDemandCluster(at: address).name
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await proxy.run(port: running.port, token: token, rootsPEM: roots) }
                try await running.until("the proxy has what everybody has") {
                    proxy.received.versions[TestProxy.listener]?.isEmpty == false
                }
                proxy.subscribe(TestProxy.cluster, [name])
                try await running.until("the question is answered") {
                    proxy.received.versions[TestProxy.cluster]?[name] != nil
                }
                group.cancelAll()
            }
            #expect(isKnown(of: id, running))
            #expect(running.log.lines("addresses asked about").count == 1)
        }

        func isKnown(of proxy: ProxyID, _ running: RunningOperator) -> Bool {
            let name = ResourceName.onDemandListener(at: address)
            return running.cache.view(of: proxy)?.contains { $0.key.name == name } == true
        }

        /// What the ConfigMaps hold, as one text.
        func entries(_ cluster: TestCluster) async throws -> String {
            try await cluster.kubectlOutput([
                "get", "configmaps", "--namespace", "osm-system", "--selector", "openservicemesh.io/calls-of=osm",
                "--output", "jsonpath={range .items[*]}{.data}{end}",
            ])
        }

        /// Waits until the call is kept.
        func kept(_ cluster: TestCluster) async throws {
            let entry = #"{"client.\#(namespace)":"\#(namespace)/server:80\n"}"#
            let limit = ContinuousClock.now + .seconds(240)
            var last = ""
            while .now < limit {
                last = try await entries(cluster)
                if last == entry { return }
                try await Task.sleep(for: .milliseconds(200))
            }
            Issue.record("kept is \(last), not \(entry)")
        }

        /// Does something to the ConfigMap, and waits until it is as it was.
        func damage(_ cluster: TestCluster, _ words: [String]) async throws {
            let name = try await cluster.kubectlOutput([
                "get", "configmaps", "--namespace", "osm-system", "--selector", "openservicemesh.io/calls-of=osm",
                "--output", "jsonpath={.items[0].metadata.name}",
            ])
            try await cluster.kubectlOutput(
                [words[0], "configmap", name, "--namespace", "osm-system"] + words.dropFirst())
            try await kept(cluster)
        }
    }
}

extension TestCluster {
    /// Starts an operator with lazy views, hands it to a body, and stops it.
    fileprivate func runLazily<Result: Sendable>(
        _ replica: String, _ body: @escaping @Sendable (RunningOperator) async throws -> Result
    ) async throws -> Result {
        let (results, found) = AsyncStream.makeStream(of: Result.self)
        try await runOperator { configuration in
            configuration.replica = replica
            configuration.settings = MeshSettings(lazyThreshold: 0)
        } _: { running in
            found.yield(try await body(running))
            found.finish()
        }
        return try #require(await results.first { _ in true })
    }
}
