import MeshModel
import Synchronization
import Testing
import XDSCache

@Suite("Proxies that are connected to another replica")
struct ReplicasTests {
    private let here = SnapshotCache()
    private let there = SnapshotCache()
    private let start = Timestamp(seconds: 1_000)
    private let proxy = ProxyID(pod: ObjectName(namespace: "n", name: "one"), uid: "1")
    private let other = ProxyID(pod: ObjectName(namespace: "n", name: "two"), uid: "2")
    private let shared = LayerID("shared")
    private let own = LayerID("own")

    private func publish(_ content: String, to cache: SnapshotCache, extra: Int = 0) {
        // The other replica may have got there by other steps: revisions differ.
        for _ in 0..<extra { cache.publish(Publication()) }
        cache.publish(
            Publication(
                resources: [cluster("a", content), cluster("b"), cluster("own")],
                layers: [shared: .some([cluster("a").key, cluster("b").key]), own: .some([cluster("own").key])],
                proxies: [proxy: .some([shared, own]), other: .some([shared])]))
    }

    /// Connects the proxy there, and has it acknowledge what it is told.
    private func connect() throws -> CacheConnection {
        let connection = try #require(there.connect(proxy, at: start) {})
        acknowledge(connection)
        return connection
    }

    private func acknowledge(_ connection: CacheConnection) {
        guard case .names(_, let revision)? = connection.takeUpdate() else { return }
        connection.report(StreamProgress(acknowledged: revision))
    }

    @Test("a proxy that acknowledged a view equal to the one here enforces what is published here")
    func equalViews() throws {
        publish("1", to: here)
        publish("1", to: there, extra: 5)
        _ = try connect()
        #expect(here.progress(of: proxy)?.isConnected == false)
        here.setProxiesElsewhere(there.connectedProxies())
        #expect(
            here.progress(of: proxy)
                == ProxyProgress(
                    isConnected: true, since: start, acknowledged: 1, isElsewhere: true, serverRoot: ""))
        #expect(here.progress(of: other)?.isConnected == false)
        #expect(here.progress()[proxy]?.acknowledged == 1)
    }

    @Test("what is published here is not acknowledged until the view there is equal again, whoever is first")
    func laterPublications() throws {
        publish("1", to: here)
        publish("1", to: there)
        let connection = try connect()
        here.setProxiesElsewhere(there.connectedProxies())
        _ = here.progress(of: proxy)
        publish("2", to: here)
        #expect(here.progress(of: proxy)?.acknowledged == 1, "so much stays true")
        here.setProxiesElsewhere(there.connectedProxies())
        #expect(here.progress(of: proxy)?.acknowledged == 1)
        publish("2", to: there)
        #expect(there.connectedProxies()[proxy]?.acknowledged == nil, "it is behind")
        here.setProxiesElsewhere(there.connectedProxies())
        #expect(here.progress(of: proxy)?.acknowledged == 1)
        acknowledge(connection)
        here.setProxiesElsewhere(there.connectedProxies())
        #expect(here.progress(of: proxy)?.acknowledged == 2)
        // The other replica is ahead: that is no news here until it is published here, too.
        publish("3", to: there)
        acknowledge(connection)
        here.setProxiesElsewhere(there.connectedProxies())
        #expect(here.progress(of: proxy)?.acknowledged == 2)
        publish("3", to: here)
        #expect(here.progress(of: proxy)?.acknowledged == 3)
    }

    @Test("a proxy that connects here counts by what it tells here, and one that is told no more is not connected")
    func moves() throws {
        publish("1", to: here)
        publish("1", to: there)
        _ = try connect()
        here.setProxiesElsewhere(there.connectedProxies())
        let connection = try #require(here.connect(proxy, at: Timestamp(seconds: 2_000)) {})
        #expect(here.progress(of: proxy)?.acknowledged == 0)
        #expect(here.progress(of: proxy)?.since == Timestamp(seconds: 2_000))
        connection.disconnect(at: Timestamp(seconds: 3_000))
        #expect(here.progress(of: proxy)?.isConnected == true)
        here.setProxiesElsewhere([:])
        #expect(here.progress(of: proxy) == ProxyProgress(since: Timestamp(seconds: 3_000)))
    }

    @Test("a new stream there has acknowledged nothing by what an earlier one had")
    func anotherStream() throws {
        publish("1", to: here)
        here.setProxiesElsewhere([proxy: .init(since: start, acknowledged: here.viewDigest(of: proxy))])
        #expect(here.progress(of: proxy)?.acknowledged == 1)
        here.setProxiesElsewhere([proxy: .init(since: Timestamp(seconds: 1_001), acknowledged: nil)])
        #expect(here.progress(of: proxy)?.acknowledged == 0)
    }

    @Test("a digest tells views apart by name, type and version, and nothing else")
    func digests() {
        publish("1", to: here)
        publish("1", to: there, extra: 2)
        #expect(here.viewDigest(of: proxy) == there.viewDigest(of: proxy))
        #expect(here.viewDigest(of: proxy) != here.viewDigest(of: other))
        let before = here.viewDigest(of: proxy)
        publish("2", to: here)
        #expect(here.viewDigest(of: proxy) != before)
        publish("1", to: here)
        #expect(here.viewDigest(of: proxy) == before)
        let edited = Resource(
            key: cluster("a").key, body: cluster("a", "1").body,
            origins: [
                Origin(
                    object: ObjectKey(kind: .trafficSplit, name: ObjectName(namespace: "n", name: "s")), generation: 3)
            ])
        here.publish(Publication(resources: [edited]))
        #expect(here.viewDigest(of: proxy) != before, "there and back is another view")
        publish("1", to: here)
        here.publish(Publication(layers: [own: .some([])]))
        #expect(here.viewDigest(of: proxy) == here.viewDigest(of: other))
        #expect(here.viewDigest(of: ProxyID(pod: proxy.pod, uid: "gone")) == nil)
    }

    @Test("whoever observes is told of publications, connections, acknowledgements and ends")
    func observers() throws {
        let count = Mutex(0)
        here.observeProgress { count.withLock { $0 += 1 } }
        publish("1", to: here)
        let connection = try #require(here.connect(proxy, at: start) {})
        #expect(count.withLock { $0 } == 2)
        acknowledge(connection)
        #expect(count.withLock { $0 } == 3)
        connection.report(StreamProgress(acknowledged: 1))
        #expect(count.withLock { $0 } == 3, "it is as it was")
        connection.disconnect(at: start)
        #expect(count.withLock { $0 } == 4)
        here.setProxiesElsewhere([:])
        #expect(count.withLock { $0 } == 4, "nothing is known, as before")
        here.setProxiesElsewhere([proxy: .init(since: start, acknowledged: nil)])
        #expect(count.withLock { $0 } == 5)
    }
}
