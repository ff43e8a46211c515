import Foundation
import Logging
import MeshModel
import Metrics
import Synchronization
import Testing
import XDSCache

@testable import XDSServer

/// What a stream asks for its proxy of the addresses that the pod calls.
@Suite("Questions of a stream")
struct QuestionTests {
    private struct NoSecrets: WorkloadSecretSource {
        var signer: String { "" }
        func workloadSecret(
            for proxy: AuthenticatedProxy, currentVersion: String?
        ) throws -> WorkloadSecretOffer { .elsewhere }
        func fetchWorkloadSecret(for proxy: AuthenticatedProxy) async -> FetchedWorkloadSecret {
            .unavailable(retryAfter: .seconds(60), reason: "there are none")
        }
        func withdraw(_ proxy: AuthenticatedProxy) {}
    }

    private static let name = "on-demand/10.2.0.1:80"
    private static let listener = Resource(key: .init(.init(.listener, name)), body: [1])

    private let cache = SnapshotCache()
    private let proxy = ProxyID(pod: ObjectName(namespace: "n", name: "one"), uid: "1")
    private let layer = LayerID("own")

    private func session() throws -> ProxySession {
        let connection = try #require(cache.connect(proxy, at: Timestamp(seconds: 1)) {})
        let identity = ServiceIdentity(namespace: "n", serviceAccount: "one")
        return ProxySession(
            .delta, proxy: AuthenticatedProxy(proxy: proxy, identity: identity, expiry: .distantFuture),
            connection: connection, secrets: NoSecrets(), errands: Errands(), patience: .seconds(60),
            metrics: XDSMetrics(NOOPMetricsHandler.instance), logger: Logger(label: "test"), wake: {})
    }

    /// A request for clusters by name, as Envoy writes it.
    private static func request(_ names: [String]) -> [UInt8] {
        func field(_ number: UInt8, _ text: String) -> [UInt8] {
            [number << 3 | 2, UInt8(text.utf8.count)] + Array(text.utf8)
        }
        return field(2, ResourceType.cluster.url) + names.flatMap { field(3, $0) }
    }

    @Test("are asked of what the view has not, once more each time that it goes")
    func questions() throws {
        let asked = Mutex<[Set<String>]>([])
        cache.observeDemand { _, addresses in asked.withLock { $0.append(Set(addresses.map(\.description))) } }
        func publish(_ resources: [Resource], answering: Bool = false) throws {
            let address = try #require(ResourceName(.cluster, Self.name).onDemandAddress)
            cache.publish(
                Publication(
                    resources: resources, layers: [layer: .some(resources.map(\.key))],
                    proxies: [proxy: .some([layer])],
                    answered: answering ? [proxy: [address]] : [:]))
        }
        try publish([Self.listener])
        let stream = try session()
        func isAsking() -> Bool { stream.state.withLock(\.isAsking) }
        _ = try stream.next()
        try stream.receive(Self.request([Self.name]))
        #expect(asked.withLock { $0.isEmpty }, "what the view has is no question")
        #expect(!isAsking())
        _ = try stream.next()
        try publish([])
        _ = try stream.next()
        #expect(asked.withLock { $0.count } == 1, "what goes is asked about")
        #expect(isAsking())
        try publish([], answering: true)
        _ = try stream.next()
        _ = try stream.next()
        #expect(!isAsking())
        #expect(asked.withLock { $0.count } == 1, "nobody has it: that is not asked again and again")
        try publish([Self.listener])
        _ = try stream.next()
        try publish([])
        _ = try stream.next()
        #expect(asked.withLock { $0.count } == 2)
    }
}
