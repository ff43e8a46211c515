import MeshModel
import Testing
import XDSCache

@Suite("What counts as in force at a proxy")
struct ProgressTests {
    /// A listener with its route and secrets, a cluster with its endpoints.
    private let resources: [Resource] = [
        cluster("c"), endpoints("c"), listener("l", route: "r"), route("r", to: ["c"]),
    ]

    @Test("nothing, until clusters and listeners are requested and answered", arguments: ProxyStream.Variant.allCases)
    func begin(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([])
        #expect(fixture.stream.acknowledged == 0)
        _ = try fixture.settle(fixture.subscribe(.cluster))
        #expect(fixture.stream.acknowledged == 0)
        let sent = try fixture.subscribe(.listener)
        #expect(fixture.stream.acknowledged == 0)
        _ = try fixture.acknowledge(sent[0])
        #expect(fixture.stream.acknowledged == 1)
    }

    @Test(
        "a resource, once what it refers to is acknowledged, too, in whatever order",
        arguments: ProxyStream.Variant.allCases, [[ResourceType.endpoints, .route], [.route, .endpoints]])
    func references(variant: ProxyStream.Variant, order: [ResourceType]) throws {
        var fixture = StreamFixture(variant)
        fixture.publish(resources)
        try fixture.start()
        #expect(fixture.stream.acknowledged == 0)
        for (type, expected) in zip(order, [Revision(0), 1]) {
            let sent = try fixture.subscribe(type, [type == .route ? "r" : "c"])
            #expect(fixture.stream.acknowledged == 0, "\(type) is under way")
            _ = try fixture.acknowledge(sent[0])
            #expect(fixture.stream.acknowledged == expected)
        }
    }

    @Test("the acknowledgement of a change waits for what it newly refers to", arguments: ProxyStream.Variant.allCases)
    func later(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        try fixture.start()
        fixture.publish([])
        #expect(fixture.stream.acknowledged == 1)
        fixture.publish([cluster("c"), endpoints("c")])
        _ = try fixture.settle()
        fixture.publish([secret("s")])
        #expect(fixture.stream.acknowledged == 1, "nobody asked for the endpoints yet")
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["c"]))
        #expect(fixture.stream.acknowledged == 3)
        fixture.publish([endpoints("c", "2")])
        let sent = fixture.next()
        #expect(fixture.stream.acknowledged == 3)
        _ = try fixture.acknowledge(sent[0])
        #expect(fixture.stream.acknowledged == 4)
    }

    @Test("what several publications brought is in force only together with what the first lacks")
    func coalesced() throws {
        var fixture = StreamFixture(.delta)
        try fixture.start()
        fixture.publish([cluster("a")])
        let open = fixture.next()
        // The second comes while the first is under way, the third makes the revision grow.
        fixture.publish([cluster("b"), endpoints("b")])
        fixture.publish([cluster("a", "2")])
        _ = try fixture.settle(open)
        #expect(fixture.stream.acknowledged == 1)
    }

    @Test("what a reconnecting proxy has counts only once it asked for all that belongs to it")
    func reconnect() throws {
        var fixture = StreamFixture(.delta)
        for _ in 0..<9 { fixture.publish(resources) }
        _ = try fixture.settle(fixture.subscribe(.cluster, has: ["c": cluster("c").version]))
        _ = try fixture.settle(fixture.subscribe(.listener, has: ["l": listener("l", route: "r").version]))
        #expect(fixture.stream.acknowledged == 0)
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["c"], has: ["c": endpoints("c").version]))
        #expect(fixture.stream.acknowledged == 0)
        let answer = try fixture.subscribe(.route, ["r"], has: ["r": route("r", to: ["c"]).version])
        #expect(answer.summary == ["RouteConfiguration"])
        _ = try fixture.acknowledge(answer[0])
        #expect(fixture.stream.acknowledged == 9)
    }

    @Test("what is awaited is let go with what referred to it, or when it is gone", arguments: [true, false])
    func letGo(isReferrerGone: Bool) throws {
        var fixture = StreamFixture(.delta)
        fixture.publish(resources)
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["c"]))
        #expect(fixture.stream.acknowledged == 0)
        fixture.publish([], remove: [isReferrerGone ? .init(.listener, "l") : .init(.route, "r")])
        _ = try fixture.settle()
        #expect(fixture.stream.acknowledged == 2)
    }

    @Test("it never falls, whatever comes", arguments: ProxyStream.Variant.allCases)
    func grows(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        var random = SystemRandomNumberGenerator()
        fixture.publish(resources)
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["c"]) + fixture.subscribe(.route, ["r"]))
        var (last, open) = (fixture.stream.acknowledged, [ProxyStream.Response]())
        #expect(last == 1)
        for round in 0..<500 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: fixture.publish([cluster("c", "\(round)")])
            case 1: fixture.publish([cluster("c\(round)"), endpoints("c\(round)")])
            case 2: fixture.publish([route("r", to: ["c"], "\(round)"), listener("l", "\(round)", route: "r")])
            default:
                guard let response = open.popLast() else { continue }
                open += try fixture.acknowledge(response)
                for resource in response.resources where resource.key.name.type == .cluster {
                    open += try fixture.subscribe(.endpoints, [resource.key.name.name])
                }
            }
            open += fixture.next()
            #expect(fixture.stream.acknowledged >= last)
            #expect(fixture.stream.acknowledged <= fixture.revision)
            last = fixture.stream.acknowledged
        }
        _ = try fixture.settle(open)
        for name in fixture.view.names(of: .endpoints) where name != "c" {
            _ = try fixture.settle(fixture.subscribe(.endpoints, [name]))
        }
        #expect(fixture.stream.acknowledged == fixture.revision)
    }

    @Test("the version of the workload's certificate is the one that was acknowledged")
    func workload() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([Resource(key: .init(.workloadSecret), version: "v1", body: [1])])
        let sent = try fixture.subscribe(.secret, ["workload"])
        #expect(fixture.stream.progress.workloadVersion == nil)
        _ = try fixture.acknowledge(sent[0])
        #expect(fixture.stream.progress.workloadVersion == "v1")
    }

    /// Else a rotation away from an issuer that gives nothing would wait for the proxies that wait for it.
    @Test("a proxy that waits for its first certificate has acknowledged nothing, but is told apart")
    func waiting() throws {
        var fixture = StreamFixture(.delta)
        fixture.view.expected = [.workloadSecret]
        let upstream = Resource(
            key: .init(.init(.cluster, "c")), body: [1],
            references: [.workloadSecret, .init(.secret, "roots"), .init(.endpoints, "c")])
        fixture.publish([upstream, endpoints("c"), secret("roots")])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["c"]))
        #expect(fixture.stream.progress.trusting == 0)
        _ = try fixture.settle(fixture.subscribe(.secret, ["roots", "workload"]))
        #expect(fixture.stream.acknowledged == 0)
        #expect(fixture.stream.progress.trusting == 1)
        // The roots change: known once it has acknowledged them.
        fixture.publish([secret("roots", "2")])
        let sent = fixture.next()
        #expect(fixture.stream.progress.trusting == 1)
        _ = try fixture.acknowledge(try #require(sent.first))
        #expect(fixture.stream.acknowledged == 0)
        #expect(fixture.stream.progress.trusting == 2)
        fixture.publish([Resource(key: .init(.workloadSecret), version: "v1", body: [1])])
        _ = try fixture.settle()
        #expect(fixture.stream.acknowledged == 3)
        #expect(fixture.stream.progress.trusting == 3)
    }
}

@Suite("What the cache tells of proxies")
struct ProxyProgressTests {
    private let cache = SnapshotCache()
    private let proxy = ProxyID(pod: ObjectName(namespace: "n", name: "one"), uid: "1")
    private let start = Timestamp(seconds: 1_000)

    @Test("when its streams began and ended, and the least that they acknowledged")
    func life() throws {
        #expect(cache.progress(of: proxy) == nil)
        cache.publish(
            Publication(
                resources: [cluster("a")], layers: [LayerID("l"): [cluster("a").key]],
                proxies: [proxy: [LayerID("l")]]))
        #expect(cache.progress() == [proxy: ProxyProgress()])
        let first = try #require(cache.connect(proxy, at: start) {})
        let second = try #require(cache.connect(proxy, at: Timestamp(seconds: start.seconds + 1)) {})
        let refused = refusal(of: cluster("a"))
        for stream in [first, second] { _ = stream.takeUpdate() }
        first.report(StreamProgress(acknowledged: 1, refusals: [refused], workloadVersion: "old"))
        #expect(
            cache.progress(of: proxy)
                == ProxyProgress(
                    isConnected: true, since: start, acknowledged: 0, refusals: [refused], serverRoot: ""))
        second.report(StreamProgress(acknowledged: 1, refusals: [refused], workloadVersion: "new"))
        #expect(
            cache.progress(of: proxy)
                == ProxyProgress(
                    isConnected: true, since: start, acknowledged: 1, refusals: [refused], workloadVersion: "new",
                    serverRoot: ""))
        first.disconnect(at: Timestamp(seconds: start.seconds + 2))
        #expect(cache.progress(of: proxy)?.since == Timestamp(seconds: start.seconds + 1))
        second.disconnect(at: Timestamp(seconds: start.seconds + 3))
        #expect(cache.progress(of: proxy) == ProxyProgress(since: Timestamp(seconds: start.seconds + 3)))
        cache.publish(Publication(proxies: [proxy: nil]))
        #expect(cache.progress().isEmpty)
    }
}
