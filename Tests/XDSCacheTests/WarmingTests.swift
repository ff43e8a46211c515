import MeshModel
import Testing
import XDSCache

/// Envoy acknowledges clusters when all of them are warm: a cluster that waits for ever stops all others.
@Suite("What leaves the view while a cluster waits for it")
struct WarmingTests {
    /// A cluster that names a secret, too.
    private static let guarded = Resource(
        key: .init(.init(.cluster, "a")), body: Array("1".utf8),
        references: [.init(.endpoints, "a"), .init(.secret, "s")])
    private static let names: [ResourceName] = [.init(.cluster, "a"), .init(.endpoints, "a"), .init(.secret, "s")]

    @Test("endpoints and secrets of a new cluster are sent as they were", arguments: ProxyStream.Variant.allCases)
    func newCluster(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("b")])
        try fixture.start()
        fixture.publish([Self.guarded, endpoints("a", "last"), secret("s", "last")])
        let sent = fixture.next()
        #expect(sent.summary == ["Cluster a"])
        fixture.publish([], remove: Self.names)
        #expect(fixture.next().isEmpty)
        let endpoints = try fixture.subscribe(.endpoints, ["a"])
        #expect(endpoints.summary == ["ClusterLoadAssignment a"])
        #expect(endpoints.first?.resources.first?.body == Array("last".utf8))
        let secrets = try fixture.subscribe(.secret, ["s"])
        #expect(secrets.summary == ["Secret s"])
        #expect(try fixture.settle(endpoints + secrets).count == 2, "what was sent is not sent again")
        #expect(fixture.stream.progress.acknowledged < fixture.revision)
        #expect(try fixture.settle([sent[0]]).summary == ["Cluster a"])
        #expect(fixture.stream.progress.acknowledged == fixture.revision)
        fixture.now += .seconds(6)
        #expect(fixture.next().summary.first == "Cluster -a")
    }

    @Test(
        "endpoints that are held back by an answer under way are sent as they were",
        arguments: ProxyStream.Variant.allCases)
    func updatedCluster(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), endpoints("a")])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["a"]))
        fixture.publish([endpoints("a", "2")])
        let earlier = fixture.next()
        #expect(earlier.summary == ["ClusterLoadAssignment a"])
        fixture.publish([cluster("a", "2")])
        let update = fixture.next()
        #expect(update.summary == ["Cluster a"])
        fixture.publish([], remove: [.init(.cluster, "a"), .init(.endpoints, "a")])
        let last = try fixture.acknowledge(earlier[0])
        #expect(last.summary == ["ClusterLoadAssignment a"])
        #expect(last.first?.resources.first?.body == Array("2".utf8))
        _ = try fixture.settle(last + update)
        #expect(fixture.stream.progress.acknowledged == fixture.revision)
    }

    @Test("what leaves the view once the clusters are warm is not sent", arguments: ProxyStream.Variant.allCases)
    func warm(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), endpoints("a")])
        try fixture.start()
        fixture.publish([], remove: [.init(.cluster, "a"), .init(.endpoints, "a")])
        let answer = try fixture.subscribe(.endpoints, ["a"])
        #expect(answer.flatMap(\.resources).isEmpty)
    }
}
