import Testing
import XDSCache

@Suite("A stream's subscriptions")
struct SubscriptionTests {
    @Test("the first request is answered, though there is nothing to send", arguments: ProxyStream.Variant.allCases)
    func firstRequest(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        #expect(try fixture.subscribe(.cluster).summary == ["Cluster"])
        #expect(fixture.next().isEmpty)
    }

    @Test(
        "an empty first subscription means all clusters and all listeners, but no routes or endpoints",
        arguments: ProxyStream.Variant.allCases)
    func legacyWildcard(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), listener("l"), endpoints("a"), route("r", to: ["a"]), secret("s")])
        #expect(try fixture.subscribe(.cluster).summary == ["Cluster a"])
        #expect(try fixture.subscribe(.listener).summary == ["Listener l"])
        #expect(try fixture.subscribe(.endpoints).summary == ["ClusterLoadAssignment"])
        #expect(try fixture.subscribe(.route).summary == ["RouteConfiguration"])
        #expect(try fixture.subscribe(.secret).summary == ["Secret"])
    }

    @Test(
        "a star means all, and taking it back forgets all but the names that were named",
        arguments: ProxyStream.Variant.allCases)
    func explicitWildcard(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), cluster("b")])
        _ = try fixture.settle(fixture.subscribe(.cluster, ["*", "b"]))
        _ = try fixture.ask(.cluster, unsubscribe: ["*"])
        fixture.publish([cluster("a", "2"), cluster("b", "2"), cluster("c")])
        #expect(fixture.next().summary == ["Cluster b"])
    }

    @Test(
        "once a name was named, an empty request changes nothing and never means all",
        arguments: ProxyStream.Variant.allCases)
    func namedThenEmpty(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), cluster("b")])
        _ = try fixture.settle(fixture.subscribe(.cluster, ["a"]))
        _ = try fixture.ask(.cluster, unsubscribe: ["a"])
        #expect(try fixture.subscribe(.cluster).isEmpty)
        fixture.publish([cluster("a", "2"), cluster("b", "2")])
        #expect(fixture.next().isEmpty)
    }

    @Test(
        "a name under a wildcard that is unsubscribed is answered: with the resource, or as removed",
        arguments: ProxyStream.Variant.allCases)
    func unsubscribeUnderWildcard(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a")])
        _ = try fixture.settle(fixture.subscribe(.cluster, ["*", "a", "x"]))
        _ = try fixture.ask(.cluster, unsubscribe: ["a", "x"])
        #expect(fixture.next().summary == ["Cluster a -x"])
    }

    @Test(
        "a name that does not exist is answered as removed, and sent when it comes to be",
        arguments: ProxyStream.Variant.allCases)
    func absent(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        // The state of the world has no word for it: it is answered with nothing.
        let answer = variant == .delta ? "ClusterLoadAssignment -a" : "ClusterLoadAssignment"
        #expect(try fixture.subscribe(.endpoints, ["a"]).summary == [answer])
        _ = try fixture.settle([])
        _ = try fixture.ask(.endpoints, nonce: "1")
        fixture.publish([endpoints("a")])
        #expect(fixture.next().summary == ["ClusterLoadAssignment a"])
    }

    @Test(
        "a route configuration that does not exist is never answered as removed",
        arguments: ProxyStream.Variant.allCases, [ResourceType.route, .extension])
    func absentRoute(variant: ProxyStream.Variant, type: ResourceType) throws {
        var fixture = StreamFixture(variant)
        #expect(try fixture.subscribe(type, ["r"]).allSatisfy { $0.removed.isEmpty && $0.resources.isEmpty })
    }

    @Test(
        "a name that is subscribed again is sent again, though nothing changed", arguments: ProxyStream.Variant.allCases
    )
    func subscribedAgain(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([endpoints("a")])
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["a"]))
        _ = try fixture.ask(.endpoints, unsubscribe: ["a"])
        #expect(fixture.next().isEmpty)
        #expect(try fixture.subscribe(.endpoints, ["a"]).summary == ["ClusterLoadAssignment a"])
    }

    @Test("unsubscribing what was never subscribed harms nothing", arguments: ProxyStream.Variant.allCases)
    func phantom(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([endpoints("a")])
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["a"]))
        _ = try fixture.ask(.endpoints, unsubscribe: ["z", "*"])
        fixture.publish([endpoints("a", "2")])
        #expect(fixture.next().summary == ["ClusterLoadAssignment a"])
    }

    @Test("a stale nonce acknowledges nothing, and its subscriptions count", arguments: ProxyStream.Variant.allCases)
    func staleNonce(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([endpoints("a"), endpoints("b")])
        let first = try fixture.subscribe(.endpoints, ["a"])
        _ = try fixture.ask(.endpoints, nonce: "long ago", subscribe: ["b"])
        #expect(fixture.next().isEmpty, "a response is still under way")
        #expect(try fixture.acknowledge(first[0]).summary == ["ClusterLoadAssignment b"])
    }

    @Test("what the proxy has from an earlier stream is not sent, what differs is, what is gone is removed")
    func reconnect() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a"), cluster("b", "2")])
        let versions = ["a": cluster("a").version, "b": cluster("b").version, "gone": "x"]
        #expect(try fixture.settle(fixture.subscribe(.cluster, has: versions)).summary == ["Cluster b"])
        fixture.now += ProxyStream.removalDelay
        #expect(fixture.next().summary == ["Cluster -gone"])
    }

    @Test("versions that a proxy gives in a later request count for nothing")
    func lateVersions() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([endpoints("a"), endpoints("b")])
        #expect(!fixture.stream.hasRequested(.endpoints))
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["a"]))
        #expect(fixture.stream.hasRequested(.endpoints))
        let sent = try fixture.subscribe(.endpoints, ["b"], has: ["b": endpoints("b").version])
        #expect(sent.summary == ["ClusterLoadAssignment b"])
    }

    @Test("a reconnecting proxy that has everything is answered with nothing")
    func reconnectUnchanged() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a"), endpoints("a"), secret("roots")])
        #expect(try fixture.subscribe(.cluster, has: ["a": cluster("a").version]).summary == ["Cluster"])
        let again = try fixture.subscribe(.endpoints, ["a"], has: ["a": endpoints("a").version])
        #expect(again.summary == ["ClusterLoadAssignment"])
        let secrets = try fixture.subscribe(.secret, ["roots"], has: ["roots": secret("roots").version])
        #expect(secrets.summary == ["Secret"])
    }

    @Test(
        "one response of a type is under way; what changes meanwhile gathers, and the latest wins",
        arguments: ProxyStream.Variant.allCases)
    func backPressure(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        let first = try fixture.subscribe(.cluster)
        for body in ["1", "2", "3"] {
            fixture.publish([cluster("a", body)])
            #expect(fixture.next().isEmpty)
        }
        let second = try fixture.acknowledge(first[0])
        #expect(second.map(\.resources) == [[cluster("a", "3")]])
        #expect(try fixture.acknowledge(second[0]).isEmpty)
    }

    @Test("a name that changes and changes back costs nothing", arguments: ProxyStream.Variant.allCases)
    func changedBack(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a")])
        let first = try fixture.subscribe(.cluster)
        fixture.publish([cluster("a", "2")])
        fixture.publish([cluster("a")])
        #expect(try fixture.acknowledge(first[0]).isEmpty)
    }

    @Test("a proxy that follows more names than there can be ends its stream", arguments: ProxyStream.Variant.allCases)
    func flood(variant: ProxyStream.Variant) {
        var stream = ProxyStream(variant)
        let names = (0...ProxyStream.maximumNames).map(String.init)
        #expect(throws: ProxyStream.Violation.self) {
            try stream.receive(.init(type: .endpoints, interest: .names(names)), now: .now)
        }
    }

    @Test("acknowledgements are kept as the revision up to which all is there", arguments: ProxyStream.Variant.allCases)
    func revisions(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        _ = try fixture.settle(fixture.subscribe(.listener))
        fixture.publish([cluster("a")])
        let first = try fixture.subscribe(.cluster)
        #expect(fixture.stream.acknowledged == 0)
        _ = try fixture.acknowledge(first[0])
        #expect(fixture.stream.acknowledged == 1)
        fixture.publish([cluster("b")])
        let second = fixture.next()
        fixture.publish([cluster("c")])
        #expect(fixture.stream.acknowledged == 1)
        let third = try fixture.acknowledge(second[0])
        #expect(fixture.stream.acknowledged == 2)
        _ = try fixture.acknowledge(third[0])
        #expect(fixture.stream.acknowledged == 3)
        // What it does not follow does not hold it up.
        fixture.publish([secret("s")])
        #expect(fixture.stream.acknowledged == 4)
    }

    @Test("a proxy that names what no resource is called ends its stream", arguments: ProxyStream.Variant.allCases)
    func longNames(variant: ProxyStream.Variant) throws {
        let longest = String(repeating: "é", count: ProxyStream.maximumName / 2)
        var fixture = StreamFixture(variant)
        _ = try fixture.ask(.route, subscribe: [longest])
        #expect(throws: ProxyStream.Violation.self) { _ = try fixture.ask(.route, subscribe: [longest + "x"]) }
        guard variant == .delta else { return }
        for versions in [[longest + "x": "1"], ["a": longest + "x"]] {
            var fixture = StreamFixture(variant)
            #expect(throws: ProxyStream.Violation.self) { _ = try fixture.ask(.cluster, has: versions) }
        }
    }
}
