import CertificateAuthority
import KubernetesClient
import Logging
import MeshModel
import ServiceLifecycle
import Synchronization
import TestCluster
import TestInstruments
import Testing
import XDSCache

@testable import OwnedObjects

@Suite("Replicas that tell of many proxies, on a real API server", .serialized)
struct ReplicaExchangeTests {
    private static let view = LayerID("view")

    private struct Object: Codable, Sendable {
        struct Metadata: Codable, Sendable {
            var name: String
            var namespace: String?
            var labels: [String: String]?
        }
        var apiVersion: String? = "v1"
        var kind: String? = "ConfigMap"
        var metadata: Metadata
        var data: [String: String]?
    }

    private static func proxy(_ number: Int) -> ProxyID {
        let digits = "\(1_000_000 + number)".dropFirst()
        return ProxyID(
            pod: ObjectName(namespace: "bookstore", name: "web-7d4b9c6f5d-\(digits)"),
            uid: "8a1f0e52-0000-4000-8000-000000\(digits)")
    }

    /// Publishes a view that so many proxies have.
    private static func publish(_ round: Int, _ count: Int, to cache: SnapshotCache) {
        let resource = Resource(key: ResourceKey(ResourceName(.cluster, "c")), body: [UInt8(round)])
        cache.publish(
            Publication(
                resources: [resource], layers: [view: .some([resource.key])],
                proxies: Dictionary(uniqueKeysWithValues: (0..<count).map { (proxy($0), .some([view])) })))
    }

    private static func exchange(
        _ name: String, _ client: KubernetesClient, _ cache: SnapshotCache, _ namespace: String, leads: Bool,
        heard: @escaping @Sendable ([String]) -> Void = { _ in }
    ) -> ReplicaExchange {
        ReplicaExchange(
            client: client, cache: cache, pulse: Pulse(), namespace: namespace, replica: name, meshName: "osm",
            trust: TrustReporting(own: { nil }, proxy: { _ in nil }, heard: { heard($0.map(\.name)) }),
            servers: ServerReporting(own: { "r" }, heard: { _ in }), isLeader: { leads },
            logger: LogRecorder().logger)
    }

    private static func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(240)
        while try await !condition() {
            try #require(.now < limit, "four minutes passed before \(what)")
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func objects(_ client: KubernetesClient, _ namespace: String) async throws -> [Object] {
        try await client.list(
            .configMap, namespace: namespace, labelSelector: "openservicemesh.io/replica-of=osm", as: Object.self)
    }

    @Test(
        "Of 5,000 proxies of another replica the leader knows each; objects come and go with them, and in the end all")
    func many() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("replicas")
        let access = ClusterAccess(
            server: cluster.server, authorities: cluster.authorityPEM, credential: .token(cluster.adminToken))
        let client = try KubernetesClient(access, logger: LogRecorder().logger)
        let result: Result<Void, any Error>
        do { result = .success(try await Self.run(client, namespace)) } catch { result = .failure(error) }
        try await client.shutdown()
        try result.get()
    }

    private static func run(_ client: KubernetesClient, _ namespace: String) async throws {
        let count = 5_000
        let (here, there) = (SnapshotCache(), SnapshotCache())
        // One more, which a replica of a former release serves.
        publish(1, count + 1, to: here)
        publish(1, count + 1, to: there)
        // What a process of the same name has left.
        let left = Object(
            metadata: .init(
                name: "osm-replica-two.3", namespace: namespace, labels: ["openservicemesh.io/replica-of": "osm"]),
            data: [
                "proxies": try ReplicaReport(
                    [proxy(count): .init(since: Timestamp(seconds: 1), acknowledged: nil)],
                    .part(ofHead: "osm-replica-two"), run: "former"
                ).text()
            ])
        try await client.create(.configMap, ObjectName(namespace: namespace, name: left.metadata.name), body: left)
        var connections: [CacheConnection] = []
        for number in 0..<count {
            let connection = try #require(there.connect(proxy(number), at: Timestamp(seconds: 1_790_000_000)) {})
            if case .names(_, let revision)? = connection.takeUpdate() {
                connection.report(StreamProgress(acknowledged: revision))
            }
            connections.append(connection)
        }
        let participants = Mutex<[String]>([])
        let services = ServiceGroup(
            services: [
                exchange("one", client, here, namespace, leads: true) { names in
                    participants.withLock { $0 = names }
                }, exchange("two", client, there, namespace, leads: false),
            ], logger: LogRecorder().logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(
                    try await check(client, namespace, here, there, &connections) { participants.withLock(\.self) })
            } catch { outcome = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try outcome.get()
        }
        #expect(try await objects(client, namespace).map(\.metadata.name) == ["osm-replica-old"])
    }

    private static func check(
        _ client: KubernetesClient, _ namespace: String, _ here: SnapshotCache, _ there: SnapshotCache,
        _ connections: inout [CacheConnection], _ participants: () -> [String]
    ) async throws {
        let count = connections.count
        func known(_ revision: Revision) -> Int {
            here.progress().values.count { $0.isConnected && $0.isElsewhere && $0.acknowledged >= revision }
        }
        try await until("the leader knows of all proxies") { known(here.revision) == count }
        let stored = try await objects(client, namespace)
        let sizes = stored.map { $0.data?["proxies"]?.utf8.count ?? 0 }
        #expect(
            Set(stored.map(\.metadata.name)) == Set(["osm-replica-two"]).union((1..<8).map { "osm-replica-two.\($0)" }))
        print("figure: \(count) proxies told in \(sizes.count) ConfigMaps of \(sizes.max() ?? 0) bytes at most")
        #expect(participants() == ["osm-replica-two"])
        // An edit: each that acknowledges it counts, the others do not.
        publish(2, count + 1, to: here)
        publish(2, count + 1, to: there)
        for connection in connections.prefix(count / 2) {
            if case .names(_, let revision)? = connection.takeUpdate() {
                connection.report(StreamProgress(acknowledged: revision))
            }
        }
        try await until("half of them are current") { known(here.revision) == count / 2 }
        // A replica of a former release, which renews its one object.
        let old = ObjectName(namespace: namespace, name: "osm-replica-old")
        let digest = try #require(here.viewDigest(of: proxy(count)))
        for round in 0..<2 {
            let id = proxy(count)
            let text = """
                {"proxies":[{"pod":"\(id.pod)","since":1790000000,"uid":"\(id.uid)","view":"\(digest)"}],"refusals":[]}
                """
            let body = Object(
                metadata: .init(
                    name: old.name, namespace: namespace, labels: ["openservicemesh.io/replica-of": "osm"]),
                data: ["proxies": text, "renewed": "\(round)"])
            if try await !client.mergePatch(.configMap, old, body: body) {
                try await client.create(.configMap, old, body: body)
            }
            // Until the leader has seen it.
            try await Task.sleep(for: .seconds(2))
        }
        try await until("its proxy is known, too") { known(here.revision) == count / 2 + 1 }
        #expect(Set(participants()) == ["osm-replica-two", "osm-replica-old"])
        // Most of them go.
        for connection in connections.dropFirst(100) { connection.disconnect(at: Timestamp(seconds: 1_790_000_100)) }
        connections.removeLast(connections.count - 100)
        try await until("the surplus objects are gone") {
            try await objects(client, namespace).map(\.metadata.name).sorted() == [
                "osm-replica-old", "osm-replica-two",
            ]
        }
        try await until("those that are left are known") {
            here.progress().values.count { $0.isConnected } - 100 <= 1 && known(here.revision) >= 100
        }
    }
}
