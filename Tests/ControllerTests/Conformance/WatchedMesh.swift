import EnvoyAPI
import Foundation
import MeshModel
import SwiftProtobuf
import XDSCache

/// The mesh of the conformance suite: the proxy whose stream is watched, and what it sees.
enum WatchedMesh {
    typealias Variant = ProxyStream.Variant

    static let mesh = TestMesh(services: 12)
    /// The mesh, and in it one more service that nobody may call.
    static var files: [String: String] { mesh.files.merging(["further.yaml": furtherService]) { $1 } }
    /// It may call services 0 to 4; 0 is the apex of a split.
    static let pod = "s0011"
    static let split = "outbound/shop/s0000/80"
    static let called = "shop/s0001|8080"
    /// What the further service is called.
    static let further = (cluster: "shop/s0020|8080", route: "outbound/shop/s0020/80")

    /// Starts a controller, and a stream of the watched proxy on which nothing was asked yet.
    static func with(
        _ variant: Variant, _ body: @escaping @Sendable (RunningController, WireProxy) async throws -> Void
    ) async throws {
        try await RunningController.with(files) { running in
            try await running.watch(variant) { try await body(running, $0) }
        }
    }

    /// The same, and a stream that has asked for everything and has it.
    static func settled(
        _ variant: Variant, _ body: @escaping @Sendable (RunningController, WireProxy) async throws -> Void
    ) async throws {
        try await with(variant) { running, proxy in
            try await proxy.begin()
            try await body(running, proxy)
        }
    }

    private static var furtherService: String {
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: s0020, namespace: shop, uid: account-s0020}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: s0020, namespace: shop}
        spec:
          clusterIP: 10.78.9.9
          selector: {app: s0020}
          ports: [{name: http, port: 80, targetPort: 8080}]
        \(mesh.pod(20))
        ---
        \(mesh.routes(20, "/books"))
        ---
        \(mesh.slice(20, isReady: true))

        """
    }

    /// One object, so that it comes and goes at once.
    static let furtherTarget = """
        apiVersion: access.smi-spec.io/v1alpha3
        kind: TrafficTarget
        metadata: {name: s0020, namespace: shop}
        spec:
          destination: {kind: ServiceAccount, name: s0020, namespace: shop}
          sources: [{kind: ServiceAccount, name: \(pod), namespace: shop}]
          rules: [{kind: HTTPRouteGroup, name: s0020}]

        """

    /// What shapes the cluster of service 1 and not its endpoints.
    static func setting(_ connections: Int) -> String {
        """
        apiVersion: policy.openservicemesh.io/v1alpha1
        kind: UpstreamTrafficSetting
        metadata: {name: setting, namespace: shop}
        spec:
          host: s0001.shop.svc.cluster.local
          connectionSettings: {tcp: {maxConnections: \(connections)}}

        """
    }
}

extension RunningController {
    /// A stream of the watched proxy, on a connection of its own.
    func watch<Result: Sendable>(
        _ variant: ProxyStream.Variant, _ body: (WireProxy) async throws -> Result
    ) async throws -> Result {
        try await WireProxy.with(
            variant, port: port, rootsPEM: rootsPEM, token: token(of: WatchedMesh.pod), body)
    }

    /// Saves a file, and waits until what it says is published.
    func publish(_ name: String, _ text: String) async throws {
        let revision = cache.revision
        try save(name, text)
        try await until("\(name) is published") { cache.revision > revision }
    }

    /// Changes the split: one route configuration of the watched proxy.
    func editSplit(_ weight: Int) async throws {
        try await publish("split.yaml", WatchedMesh.mesh.split(weight, 1_000))
    }

    /// Lets the watched proxy call the further service, or no more.
    func publishFurther(_ isCalled: Bool) async throws {
        try await publish("target.yaml", isCalled ? WatchedMesh.furtherTarget : "# nobody calls it\n")
    }
}

extension WireProxy {
    /// Asks for everything, as Envoy does, and takes it.
    func begin() async throws {
        try await ask(.cluster)
        let clusters = try await next()
        try await acknowledge(clusters)
        try await ask(.endpoints, try clusters.endpointNames())
        try await ask(.listener)
        try await ask(.route, (0...4).map { "outbound/shop/\(TestMesh.name($0))/80" })
        _ = try await settle()
    }
}

extension WireProxy.Answer {
    /// The assignments that its clusters name.
    func endpointNames() throws -> [String] {
        try entries.compactMap { entry in
            let cluster = try Envoy_Config_Cluster_V3_Cluster(serializedBytes: entry.body)
            guard cluster.type == .eds else { return nil }
            let name = cluster.edsClusterConfig.serviceName
            return name.isEmpty ? cluster.name : name
        }
    }
}
