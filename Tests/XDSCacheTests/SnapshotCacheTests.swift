import MeshModel
import Synchronization
import Testing
import XDSCache

@Suite("The snapshot cache")
struct SnapshotCacheTests {
    private let cache = SnapshotCache()
    private let start = Timestamp(seconds: 1_000)
    private let one = ProxyID(pod: ObjectName(namespace: "n", name: "one"), uid: "1")
    private let two = ProxyID(pod: ObjectName(namespace: "n", name: "two"), uid: "2")
    private let shared = LayerID("shared")
    private let own = LayerID("own")

    /// Counts how often a stream is woken.
    private final class Wakes: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func wake() { count.withLock { $0 += 1 } }
    }

    private func name(_ resource: Resource) -> ResourceName { resource.key.name }

    /// Both proxies see the shared layer, the first its own one, too.
    private func fill() {
        cache.publish(
            Publication(
                resources: [cluster("a"), cluster("b"), cluster("own")],
                layers: [shared: .some([cluster("a").key, cluster("b").key]), own: .some([cluster("own").key])],
                proxies: [one: .some([shared, own]), two: .some([shared])]))
    }

    @Test("a proxy sees the resources of its layers and no others")
    func views() throws {
        fill()
        #expect(cache.view(of: one)?.map(\.key.name.name) == ["a", "b", "own"])
        #expect(cache.view(of: two)?.map(\.key.name.name) == ["a", "b"])
        let connection = try #require(cache.connect(two, at: start) {})
        #expect(connection.resource(name(cluster("own"))) == nil)
        #expect(connection.resource(name(cluster("a"))) == cluster("a"))
        #expect(cache.connect(ProxyID(pod: one.pod, uid: "other"), at: start) {} == nil)
    }

    @Test("a changed resource wakes those who see it, once, and is told by its name")
    func changes() throws {
        fill()
        let (wakesOne, wakesTwo) = (Wakes(), Wakes())
        let first = try #require(cache.connect(one, at: start, wake: wakesOne.wake))
        let second = try #require(cache.connect(two, at: start, wake: wakesTwo.wake))
        #expect(first.takeUpdate() == .names(nil, revision: 1))
        #expect(second.takeUpdate() == .names(nil, revision: 1))
        cache.publish(Publication(resources: [cluster("own", "2")]))
        #expect(first.takeUpdate() == .names([name(cluster("own"))], revision: 2))
        #expect(second.takeUpdate() == nil)
        cache.publish(Publication(resources: [cluster("a", "2"), cluster("b", "2")]))
        cache.publish(Publication(resources: [cluster("a", "3")]))
        #expect(second.takeUpdate() == .names([name(cluster("a")), name(cluster("b"))], revision: 4))
        #expect(wakesOne.value == 3)
        #expect(wakesTwo.value == 2)
    }

    @Test("a layer that gains and loses members tells the members that differ")
    func layers() throws {
        fill()
        let connection = try #require(cache.connect(two, at: start) {})
        _ = connection.takeUpdate()
        cache.publish(
            Publication(
                resources: [cluster("c")], removed: [cluster("b").key],
                layers: [shared: .some([cluster("a").key, cluster("c").key])]))
        #expect(connection.takeUpdate() == .names([name(cluster("b")), name(cluster("c"))], revision: 2))
        #expect(connection.resource(name(cluster("b"))) == nil)
    }

    @Test("a resource of equal bytes that other objects shaped is told to nobody, and makes another view")
    func origins() throws {
        fill()
        let wakes = Wakes()
        let connection = try #require(cache.connect(two, at: start, wake: wakes.wake))
        _ = connection.takeUpdate()
        connection.report(StreamProgress(acknowledged: 1))
        let before = cache.viewDigest(of: two)
        let object = ObjectKey(kind: .meshConfig, name: ObjectName(namespace: "n", name: "m"))
        let shaped = Resource(
            key: cluster("b").key, body: cluster("b").body, references: [.init(.endpoints, "b")],
            origins: [Origin(object: object, generation: 2)])
        cache.publish(Publication(resources: [shaped]))
        #expect(wakes.value == 0 && connection.takeUpdate() == nil)
        #expect(cache.acknowledgedRevision(of: two) == 2)
        #expect(cache.viewDigest(of: two) != before)
        #expect(connection.resource(name(cluster("b")))?.origins == shaped.origins)
    }

    @Test("a proxy that gets another layer is told what is in the two")
    func proxyLayers() throws {
        fill()
        let connection = try #require(cache.connect(one, at: start) {})
        _ = connection.takeUpdate()
        cache.publish(Publication(proxies: [one: .some([shared])]))
        #expect(connection.takeUpdate() == .names([name(cluster("own"))], revision: 2))
        // From now on what happens in that layer is nothing to it.
        cache.publish(Publication(resources: [cluster("own", "2")]))
        #expect(connection.takeUpdate() == nil)
    }

    @Test("of two variants of a name each view has its own")
    func variants() throws {
        let plain = Resource(key: ResourceKey(.init(.endpoints, "x")), body: [1])
        let narrow = Resource(key: ResourceKey(.init(.endpoints, "x"), variant: "v"), body: [2])
        cache.publish(
            Publication(
                resources: [plain, narrow], layers: [shared: .some([plain.key]), own: .some([narrow.key])],
                proxies: [one: .some([own]), two: .some([shared])]))
        #expect(cache.view(of: one) == [narrow])
        #expect(cache.view(of: two) == [plain])
    }

    @Test("a proxy that gets another identity loses its streams, and only who has the new one may come")
    func identities() throws {
        let (first, second) = (
            ServiceIdentity(namespace: "n", serviceAccount: "a"), ServiceIdentity(namespace: "n", serviceAccount: "b")
        )
        fill()
        cache.publish(Publication(identities: [one: first, two: first]))
        let stream = try #require(cache.connect(one, as: first, at: start) {})
        let other = try #require(cache.connect(two, as: first, at: start) {})
        _ = stream.takeUpdate()
        _ = other.takeUpdate()
        cache.publish(Publication(identities: [one: first]))
        #expect(!stream.isGone)
        cache.publish(Publication(identities: [one: second]))
        #expect(stream.isGone && stream.takeUpdate() == .gone)
        #expect(!other.isGone && other.takeUpdate() == nil)
        #expect(cache.connect(one, as: first, at: start) {} == nil)
        #expect(cache.connect(one, as: second, at: start) {} != nil)
    }

    @Test("a proxy that is gone ends its streams; a new pod of the same name is another proxy")
    func gone() throws {
        fill()
        let wakes = Wakes()
        let connection = try #require(cache.connect(two, at: start, wake: wakes.wake))
        _ = connection.takeUpdate()
        let successor = ProxyID(pod: two.pod, uid: "3")
        cache.publish(Publication(proxies: [two: nil, successor: [shared]]))
        #expect(wakes.value == 1)
        #expect(connection.takeUpdate() == .gone)
        #expect(cache.proxies == [one, successor])
    }

    @Test("nobody is woken after a disconnection, and acknowledgements are the stream's")
    func disconnect() throws {
        fill()
        let wakes = Wakes()
        let connection = try #require(cache.connect(two, at: start, wake: wakes.wake))
        #expect(cache.acknowledgedRevision(of: two) == 0)
        #expect(connection.takeUpdate() == .names(nil, revision: 1))
        connection.report(StreamProgress(acknowledged: 1))
        #expect(cache.acknowledgedRevision(of: two) == 1)
        // What it does not see does not hold it up.
        cache.publish(Publication(resources: [cluster("own", "2")]))
        #expect(cache.acknowledgedRevision(of: two) == 2)
        cache.publish(Publication(resources: [cluster("b", "2")]))
        #expect(cache.acknowledgedRevision(of: two) == 2, "it was current up to there")
        #expect(connection.takeUpdate() == .names([name(cluster("b"))], revision: 3))
        connection.report(StreamProgress(acknowledged: 1))
        #expect(cache.acknowledgedRevision(of: two) == 2, "it never falls")
        let before = wakes.value
        connection.disconnect(at: Timestamp(seconds: start.seconds + 9))
        cache.publish(Publication(resources: [cluster("a", "2")]))
        #expect(wakes.value == before)
        #expect(cache.acknowledgedRevision(of: two) == nil)
    }

    @Test("equal bytes have equal versions, and only they")
    func versions() {
        #expect(cluster("a", "x").version == cluster("b", "x").version)
        #expect(cluster("a", "x").version != cluster("a", "y").version)
        #expect(cluster("a", "x").version == "2d711642b726b044")
    }
}
