import Testing
import XDSCache

@Suite("What a stream does after a refusal")
struct RefusalTests {
    /// A stream whose proxy refuses every response that holds the cluster `bad`.
    private func refuseBad(_ fixture: inout StreamFixture, _ first: [ProxyStream.Response]) throws -> [String] {
        var log: [String] = []
        var open = first
        while !open.isEmpty {
            log += open.summary
            open = try open.flatMap { response in
                response.content.contains { $0.body == Array("bad".utf8) }
                    ? try fixture.refuse(response) : try fixture.acknowledge(response)
            }
        }
        return log
    }

    @Test(
        "all its names are sent again by halves until the bad one is alone; the others get through",
        arguments: ProxyStream.Variant.allCases)
    func halves(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        _ = try fixture.settle(fixture.subscribe(.listener))
        fixture.publish(["a", "b", "c", "d"].map { cluster($0, $0 == "c" ? "bad" : "1") })
        let log = try refuseBad(&fixture, fixture.subscribe(.cluster))
        #expect(log == ["Cluster a b c d", "Cluster a b", "Cluster c d", "Cluster c", "Cluster d"])
        #expect(fixture.stream.refusals == [refusal(of: cluster("c", "bad"))])
        #expect(fixture.stream.acknowledged == 1, "the revision passes over what is in quarantine")
    }

    @Test("what is in quarantine is not sent until its bytes change", arguments: ProxyStream.Variant.allCases)
    func quarantine(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), cluster("c", "bad")])
        _ = try refuseBad(&fixture, fixture.subscribe(.cluster))
        fixture.publish([cluster("c", "bad"), cluster("a", "2")])
        #expect(try fixture.settle().summary == ["Cluster a"])
        fixture.publish([cluster("c", "good")])
        #expect(try fixture.settle().summary == ["Cluster c"])
        #expect(fixture.stream.refusals.isEmpty)
    }

    @Test(
        "a refused edit that is taken back leaves the quarantine, and holds up no removal",
        arguments: ProxyStream.Variant.allCases)
    func takenBack(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), cluster("b"), route("r", to: ["a"])])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["r"]))
        fixture.publish([route("r", to: ["a"], "bad")])
        _ = try fixture.refuse(fixture.next()[0])
        #expect(fixture.stream.refusals.count == 1)
        fixture.publish([route("r", to: ["a"])], remove: [.init(.cluster, "b")])
        #expect(try fixture.settle().isEmpty)
        #expect(fixture.stream.refusals.isEmpty)
        fixture.now += ProxyStream.removalDelay
        #expect(fixture.next().summary == ["Cluster -b"])
    }

    @Test(
        "names of a refused response are sent though they equal the last acknowledged version",
        arguments: ProxyStream.Variant.allCases)
    func unknown(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), cluster("b"), cluster("c")])
        try fixture.start()
        fixture.publish([cluster("a", "2"), cluster("b", "bad")])
        let refused = fixture.next()
        // Whether Envoy took up a's new version is not known, so the old one is sent.
        fixture.publish([cluster("a"), cluster("b")])
        #expect(try fixture.settle(fixture.refuse(refused[0])).summary == ["Cluster a", "Cluster b"])
    }

    @Test(
        "names of a refused response that left the view are removed explicitly", arguments: ProxyStream.Variant.allCases
    )
    func unknownAndGone(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        try fixture.start()
        fixture.publish([cluster("a"), cluster("b", "bad")])
        let refused = fixture.next()
        fixture.publish([], remove: [.init(.cluster, "a"), .init(.cluster, "b")])
        #expect(try fixture.settle(fixture.refuse(refused[0])).summary == ["Cluster -a", "Cluster -b"])
    }

    @Test(
        "a new route does not wait for a cluster in quarantine; one that works is not pointed to it",
        arguments: ProxyStream.Variant.allCases)
    func routesOfBadCluster(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), route("old", to: ["a"])])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["old", "new"]))
        fixture.publish([cluster("c", "bad"), route("old", to: ["a", "c"]), route("new", to: ["a", "c"])])
        let log = try refuseBad(&fixture, fixture.next())
        #expect(log == ["Cluster c", "RouteConfiguration new"])
        fixture.publish([cluster("c", "good")])
        #expect(try fixture.settle().summary == ["Cluster c", "RouteConfiguration old"])
    }

    @Test(
        "a part of a refused response of which nothing is followed any more does not stop the others",
        arguments: ProxyStream.Variant.allCases)
    func unsubscribedBetween(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([endpoints("x", "bad"), endpoints("y")])
        let sent = try fixture.subscribe(.endpoints, ["x", "y"])
        _ = try fixture.ask(.endpoints, unsubscribe: ["x"])
        #expect(try fixture.refuse(sent[0]).summary == ["ClusterLoadAssignment y"])
    }

    @Test("events tell the response and the resource that was refused", arguments: ProxyStream.Variant.allCases)
    func events(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("c", "bad")])
        let sent = try fixture.subscribe(.cluster)
        let events = try fixture.ask(.cluster, nonce: sent[0].nonce, refusal: "no")
        #expect(events == [.refused(sent[0], reason: "no"), .quarantined(cluster("c", "bad"), reason: "no")])
    }

    @Test(
        "whatever is bad, the others get through in few responses", arguments: ProxyStream.Variant.allCases, [1, 7, 64])
    func many(variant: ProxyStream.Variant, count: Int) throws {
        for bad in [0, count / 2, count - 1] {
            var fixture = StreamFixture(variant)
            fixture.publish((0..<count).map { cluster("c\($0)", $0 == bad ? "bad" : "1") })
            let log = try refuseBad(&fixture, fixture.subscribe(.cluster))
            #expect(log.count <= 2 * Int(Double(max(2, count)).squareRoot() * 2) + 2)
            #expect(fixture.stream.refusals.map(\.key.name.name) == ["c\(bad)"])
        }
    }
}
