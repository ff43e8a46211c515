import Foundation
import KubernetesClient
import Logging
import MeshModel
import Observability
import TestCluster
import TestInstruments
import Testing
import XDSCache

@testable import osm_controller

/// The assembled operator on a real API server, in this process, with the rights of its ServiceAccount.
struct RunningOperator {
    let cluster: TestCluster
    let controller: Operator
    let port: Int
    let log: LogRecorder
    /// Where the figures are of this operator.
    let registry: PrometheusRegistry

    var cache: SnapshotCache { controller.cache }

    /// What `config/default` is made of, but for the Deployment, since the controller runs here.
    private static let bases = ["crds", "config/rbac"]
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Starts a cluster and an operator on it, hands it to a body, and stops both.
    ///
    /// - Parameter change: What the operator is told beside what it is told always.
    static func with(
        _ change: @escaping @Sendable (inout Operator.Configuration) -> Void = { _ in },
        _ body: @escaping @Sendable (RunningOperator) async throws -> Void
    ) async throws {
        try await withCluster { try await $0.runOperator(change, body) }
    }

    /// Starts a cluster with all that an operator in SMI mode needs, hands it to a body, and stops it.
    static func withCluster(_ body: @escaping @Sendable (TestCluster) async throws -> Void) async throws {
        try await TestCluster.withOwn { cluster in
            try await cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: osm-system}}")
            for base in bases {
                try await cluster.kubectlOutput(["apply", "-k", repository.appending(path: base).path])
            }
            try await cluster.kubectlOutput(["wait", "--for=condition=Established", "crd", "--all", "--timeout=240s"])
            let config = repository.appending(path: "config/default/meshconfig.yaml").path
            try await cluster.kubectlOutput(["apply", "-f", config])
            try await cluster.kubectlOutput([
                "patch", "meshconfig", "osm-mesh-config", "--namespace", "osm-system", "--type", "merge", "--patch",
                #"{"spec":{"traffic":{"enablePermissiveTrafficPolicyMode":false}}}"#,
            ])
            try await body(cluster)
        }
    }
}

extension TestCluster {
    /// Applies manifests.
    func apply(_ manifests: String) async throws {
        try await kubectlOutput(["apply", "-f", "-"], input: manifests)
    }

    /// What a field of an object says, by JSONPath.
    func field(_ path: String, of object: String, in namespace: String) async throws -> String {
        try await kubectlOutput(["get", object, "--namespace", namespace, "--output", "jsonpath={\(path)}"])
    }

    /// Starts an operator on the cluster, hands it to a body, and stops it.
    ///
    /// - Parameter change: What the operator is told beside what it is told always.
    func runOperator(
        _ change: (inout Operator.Configuration) -> Void = { _ in },
        _ body: @escaping @Sendable (RunningOperator) async throws -> Void
    ) async throws {
        let token = try await kubectlOutput(["create", "token", "osm-controller", "--namespace", "osm-system"])
        var configuration = Operator.Configuration(
            access: ClusterAccess(
                server: server, authorities: authorityPEM,
                credential: .token(token.trimmingCharacters(in: .whitespacesAndNewlines))),
            replica: "one")
        configuration.listen = SocketArgument(host: "127.0.0.1", port: 0)
        configuration.health = SocketArgument(host: "127.0.0.1", port: 0)
        change(&configuration)
        let log = LogRecorder()
        let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
        let registry = PrometheusRegistry(MetricCatalogue.descriptions)
        let controller = try await Operator(
            configuration, metrics: registry, logger: log.logger
        ) { port in
            portFound.yield(port)
            portFound.finish()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await controller.run(logger: log.logger, signals: []) }
            group.addTask {
                let port = try #require(await ports.first { _ in true })
                try await body(
                    RunningOperator(cluster: self, controller: controller, port: port, log: log, registry: registry))
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

extension RunningOperator {
    /// Makes a pod with a sidecar of ours, and its ServiceAccount of the same name.
    ///
    /// - Returns: The proxy, and a token that the API server gave for the pod.
    func pod(_ name: String, in namespace: String) async throws -> (proxy: ProxyID, token: String) {
        try await cluster.apply(
            """
            {apiVersion: v1, kind: ServiceAccount, metadata: {name: \(name), namespace: \(namespace)}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), namespace: \(namespace), labels: {app: \(name)}}
            spec:
              serviceAccountName: \(name)
              containers: [{name: app, image: app, ports: [{containerPort: 8080}]}]
              volumes:
              - name: osm
                projected: {sources: [{serviceAccountToken: {path: token, audience: osm-xds}}]}
            """)
        let uid = try await cluster.field(".metadata.uid", of: "pod/\(name)", in: namespace)
        let token = try await cluster.kubectlOutput([
            "create", "token", name, "--namespace", namespace, "--audience", "osm-xds", "--bound-object-kind", "Pod",
            "--bound-object-name", name,
        ])
        return (
            ProxyID(pod: ObjectName(namespace: namespace, name: name), uid: uid),
            token.trimmingCharacters(in: .whitespacesAndNewlines)
        )
    }

    /// What a new pod trusts the controller by: the ConfigMap of its namespace.
    func rootsPEM(in namespace: String) async throws -> String {
        try await cluster.kubectlOutput([
            "wait", "--for=create", "configmap/osm-ca-bundle", "--namespace", namespace, "--timeout=240s",
        ])
        return try await cluster.field(#".data.ca\.crt"#, of: "configmap/osm-ca-bundle", in: namespace)
    }

    /// Waits until a condition of an object is true of its generation.
    func wait(for condition: String, of object: String, in namespace: String) async throws {
        try await cluster.kubectlOutput([
            "wait", "--for=condition=\(condition)", object, "--namespace", namespace, "--timeout=240s",
        ])
    }

    /// Waits for something, for four minutes at most.
    ///
    /// A look that takes long, such as one of kubectl, is followed by a wait three times as long: else those who wait would
    /// keep the processors from what they wait for.
    func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(240)
        while true {
            let begin = ContinuousClock.now
            guard try await !condition() else { return }
            guard .now < limit else {
                throw RunningController.NeverHappened(description: "four minutes passed before \(what)")
            }
            try await Task.sleep(for: min(max(.milliseconds(20), begin.duration(to: .now) * 3), .seconds(1)))
        }
    }
}
