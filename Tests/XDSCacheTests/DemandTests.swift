import MeshModel
import Synchronization
import Testing
import XDSCache

@Suite("What proxies ask about, in the cache")
struct DemandTests {
    private let cache = SnapshotCache()
    private let proxy = ProxyID(pod: ObjectName(namespace: "n", name: "one"), uid: "1")
    private let layer = LayerID("own")

    private func address(_ number: Int) throws -> SocketAddress {
        try #require(ResourceName(.cluster, "on-demand/10.2.0.\(number):80").onDemandAddress)
    }

    @Test("is undecided until it is answered; then the stream looks at everything anew")
    func question() throws {
        let asked = Mutex<[Set<SocketAddress>]>([])
        let wakes = Mutex(0)
        cache.observeDemand { proxy, addresses in asked.withLock { $0.append(addresses) } }
        cache.publish(Publication(layers: [layer: .some([])], proxies: [proxy: .some([layer])]))
        let connection = try #require(
            cache.connect(proxy, at: Timestamp(seconds: 1)) { wakes.withLock { $0 += 1 } })
        #expect(connection.takeUpdate() == .names(nil, revision: 1))
        #expect(!connection.isAsking)
        let (one, two) = (try address(1), try address(2))
        connection.ask(about: [one])
        connection.ask(about: [two])
        #expect(asked.withLock { $0 } == [[one], [two]])
        #expect(connection.isAsking)
        cache.publish(Publication(answered: [proxy: [one]]))
        #expect(connection.isAsking, "the other one is not answered")
        #expect(connection.takeUpdate() == nil)
        cache.publish(
            Publication(
                resources: [cluster("a")], layers: [layer: .some([cluster("a").key])], answered: [proxy: [two]]))
        #expect(!connection.isAsking)
        #expect(wakes.withLock { $0 } == 1)
        #expect(connection.takeUpdate() == .names(nil, revision: 3))
        // An answer to what nobody asked is nothing.
        cache.publish(Publication(answered: [proxy: [two]]))
        #expect(connection.takeUpdate() == nil)
    }

    @Test("leaves a proxy that has everything as it is in the status until the answer")
    func progress() throws {
        cache.observeDemand { _, _ in }
        cache.publish(Publication(layers: [layer: .some([])], proxies: [proxy: .some([layer])]))
        let connection = try #require(cache.connect(proxy, at: Timestamp(seconds: 1)) {})
        _ = connection.takeUpdate()
        connection.report(StreamProgress(acknowledged: 1))
        #expect(cache.acknowledgedRevision(of: proxy) == 1)
        connection.ask(about: [try address(1)])
        cache.publish(Publication(answered: [proxy: [try address(1)]]))
        #expect(cache.acknowledgedRevision(of: proxy) == 1)
        _ = connection.takeUpdate()
        connection.report(StreamProgress(acknowledged: 2))
        #expect(cache.acknowledgedRevision(of: proxy) == 2)
    }

    @Test("is left undecided until each address that was asked about is answered")
    func awaited() throws {
        cache.observeDemand { _, _ in }
        cache.publish(Publication(layers: [layer: .some([])], proxies: [proxy: .some([layer])]))
        let connection = try #require(cache.connect(proxy, at: Timestamp(seconds: 1)) {})
        _ = connection.takeUpdate()
        let (other, asked) = (try address(1), try address(2))
        #expect(!connection.isAsking)
        connection.ask(about: [asked])
        #expect(connection.isAsking)
        cache.publish(Publication(answered: [proxy: [other]]))
        #expect(connection.isAsking && connection.takeUpdate() == nil)
        cache.publish(Publication(answered: [proxy: [asked]]))
        #expect(!connection.isAsking)
        #expect(connection.takeUpdate() == .names(nil, revision: 3))
    }

    @Test("is nothing where nobody would answer")
    func nobody() throws {
        cache.publish(Publication(layers: [layer: .some([])], proxies: [proxy: .some([layer])]))
        let connection = try #require(cache.connect(proxy, at: Timestamp(seconds: 1)) {})
        connection.ask(about: [try address(1)])
        #expect(!connection.isAsking)
    }
}
