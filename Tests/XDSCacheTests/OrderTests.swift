import Testing
import XDSCache

@Suite("The order of a stream's responses")
struct OrderTests {
    @Test(
        "endpoints and secrets are sent while the clusters are not acknowledged yet",
        arguments: ProxyStream.Variant.allCases)
    func endpointsAreNotHeld(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), endpoints("a"), secret("roots")])
        _ = try fixture.subscribe(.cluster)
        #expect(try fixture.subscribe(.endpoints, ["a"]).summary == ["ClusterLoadAssignment a"])
        #expect(try fixture.subscribe(.secret, ["roots"]).summary == ["Secret roots"])
    }

    @Test(
        "endpoints follow every update of their cluster, though they did not change",
        arguments: ProxyStream.Variant.allCases)
    func endpointsFollow(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), endpoints("a"), cluster("b"), endpoints("b")])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["a", "b"]))
        fixture.publish([cluster("a", "2")])
        #expect(fixture.next().summary == ["Cluster a", "ClusterLoadAssignment a"])
    }

    @Test(
        "a route that newly names a cluster waits for its acknowledgement, and only that route waits",
        arguments: ProxyStream.Variant.allCases)
    func routeWaits(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), route("r", to: ["a"]), route("other", to: ["a"])])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["r", "other"]))
        fixture.publish([cluster("b"), route("r", to: ["a", "b"]), route("other", to: ["a"], "2")])
        let sent = fixture.next()
        #expect(sent.summary == ["Cluster b", "RouteConfiguration other"])
        #expect(try fixture.acknowledge(sent[1]).isEmpty)
        #expect(try fixture.acknowledge(sent[0]).summary == ["RouteConfiguration r"])
    }

    @Test(
        "a route that names no new cluster does not wait for one that is being updated",
        arguments: ProxyStream.Variant.allCases)
    func routeDoesNotWait(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), route("r", to: ["a"])])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["r"]))
        fixture.publish([cluster("a", "2"), route("r", to: ["a"], "2")])
        #expect(fixture.next().summary == ["Cluster a", "RouteConfiguration r"])
    }

    @Test("after a reconnection clusters that the proxy has are not waited for")
    func reconnected() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a"), route("r", to: ["a"])])
        _ = try fixture.subscribe(.cluster, has: ["a": cluster("a").version])
        #expect(try fixture.subscribe(.route, ["r"]).summary == ["RouteConfiguration r"])
    }

    @Test(
        "a cluster is removed five seconds after the acknowledgement of all that referred to it",
        arguments: ProxyStream.Variant.allCases)
    func makeBeforeBreak(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), cluster("b"), route("r", to: ["a"])])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["r"]))
        fixture.publish([route("r", to: ["b"])], remove: [.init(.cluster, "a")])
        let sent = fixture.next()
        #expect(sent.summary == ["RouteConfiguration r"])
        fixture.now += .seconds(60)
        #expect(fixture.next().isEmpty, "the route is not acknowledged")
        #expect(fixture.stream.deadline == nil)
        #expect(try fixture.acknowledge(sent[0]).isEmpty)
        #expect(fixture.stream.deadline == fixture.now + ProxyStream.removalDelay)
        fixture.now += .seconds(4)
        #expect(fixture.next().isEmpty)
        fixture.now += .seconds(1)
        #expect(fixture.next().summary == ["Cluster -a"])
        #expect(fixture.stream.deadline == nil)
    }

    @Test(
        "a cluster that comes back before its removal stays, and is not sent again",
        arguments: ProxyStream.Variant.allCases)
    func comesBack(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a")])
        try fixture.start()
        fixture.publish([], remove: [.init(.cluster, "a")])
        #expect(fixture.next().isEmpty)
        fixture.publish([cluster("a")])
        fixture.now += .seconds(60)
        #expect(fixture.next().isEmpty)
        #expect(fixture.stream.deadline == nil)
    }

    @Test(
        "a route waits for a cluster that comes back while its removal is under way",
        arguments: ProxyStream.Variant.allCases)
    func comesBackTooLate(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), cluster("b"), route("r", to: ["b"])])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["r"]))
        fixture.publish([], remove: [.init(.cluster, "a")])
        #expect(fixture.next().isEmpty)
        fixture.now += ProxyStream.removalDelay
        let removal = fixture.next()
        #expect(removal.summary == ["Cluster -a"])
        fixture.publish([cluster("a"), route("r", to: ["a"])])
        #expect(fixture.next().isEmpty)
        let added = try fixture.acknowledge(removal[0])
        #expect(added.summary == ["Cluster a"])
        #expect(try fixture.acknowledge(added[0]).summary == ["RouteConfiguration r"])
    }

    @Test("what a filter goes by stays with the proxy until it follows the name no more, and is not sent again")
    func filterSettings() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([listener("l", extension: "limits"), filter("limits")])
        try fixture.start()
        #expect(
            try fixture.settle(fixture.subscribe(.extension, ["limits"])).summary == ["TypedExtensionConfig limits"])
        // The chain with the filter is replaced, but still ends its connections.
        fixture.publish([listener("l")], remove: [.init(.extension, "limits")])
        #expect(try fixture.settle().summary == ["Listener l"])
        fixture.now += ProxyStream.removalDelay * 2
        #expect(fixture.next().isEmpty)
        #expect(fixture.stream.deadline == nil)
        // It comes back first as it was, then with other settings.
        fixture.publish([listener("l", extension: "limits"), filter("limits")])
        #expect(try fixture.settle().summary == ["Listener l"])
        fixture.publish([filter("limits", "2")])
        #expect(try fixture.settle().summary == ["TypedExtensionConfig limits"])
        // The proxy lets it go, and asks for it anew.
        fixture.publish([listener("l")], remove: [.init(.extension, "limits")])
        _ = try fixture.settle()
        #expect(try fixture.ask(.extension, unsubscribe: ["limits"]).isEmpty)
        #expect(fixture.next().isEmpty)
        fixture.publish([filter("limits", "2")])
        #expect(fixture.next().isEmpty, "nobody follows it")
        #expect(
            try fixture.settle(fixture.subscribe(.extension, ["limits"])).summary == ["TypedExtensionConfig limits"])
    }

    @Test(
        "what has a replacement is exchanged for it at once, where the proxy has it, and comes back",
        arguments: ProxyStream.Variant.allCases)
    func replacement(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        let (open, closed) = (route("door", to: ["a"]), route("door", to: [], "closed"))
        fixture.view.replacements = [closed.key.name: closed, .init(.route, "other"): route("other", to: [], "closed")]
        fixture.publish([cluster("a"), listener("l", route: "door"), open])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["door", "other"]))
        fixture.publish([listener("l", "2")], remove: [open.key.name, .init(.cluster, "a")])
        let sent = fixture.next()
        #expect(sent.summary == ["Listener l", "RouteConfiguration door"])
        #expect(sent.last?.resources == [closed])
        #expect(fixture.stream.acknowledged < fixture.revision)
        #expect(try fixture.settle(sent).count == 2)
        #expect(fixture.stream.acknowledged == fixture.revision)
        fixture.now += ProxyStream.removalDelay
        #expect(try fixture.settle().summary == ["Cluster -a"], "nothing that the proxy has refers to it")
        fixture.publish([cluster("a"), listener("l", route: "door"), open])
        #expect(try fixture.settle().summary == ["Cluster a", "Listener l", "RouteConfiguration door"])
    }

    @Test("a proxy that comes back with what has a replacement gets that")
    func replacementOnReturn() throws {
        var fixture = StreamFixture(.delta)
        let closed = route("door", to: [], "closed")
        fixture.view.replacements = [closed.key.name: closed]
        #expect(try fixture.subscribe(.route, ["door"], has: ["door": "x"]).map(\.resources) == [[closed]])
        var other = StreamFixture(.delta)
        other.view.replacements = [closed.key.name: closed]
        #expect(try other.subscribe(.route, ["door"], has: ["door": closed.version]).map(\.resources) == [[]])
    }

    @Test("removals of listeners travel with the additions, at once", arguments: ProxyStream.Variant.allCases)
    func listeners(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([listener("a")])
        try fixture.start()
        fixture.publish([listener("b")], remove: [.init(.listener, "a")])
        #expect(fixture.next().summary == ["Listener b -a"])
    }

    @Test("what leaves the view is removed under changes without end, too", arguments: ProxyStream.Variant.allCases)
    func churn(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), cluster("b"), route("r", to: ["a"]), route("x", to: ["b"])])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["r", "x"]))
        fixture.publish([route("r", to: ["b"])], remove: [.init(.cluster, "a")])
        var removed = 0
        for round in 0..<20 {
            let sent = fixture.next()
            fixture.publish([route("x", to: ["b"], "\(round)")])
            for response in sent {
                removed += response.removed.count
                _ = try fixture.ask(response.type, nonce: response.nonce)
            }
            fixture.now += .seconds(1)
        }
        #expect(removed == 1)
    }

    @Test("a removal that was let go waits anew for what a proxy that comes back asks for only then")
    func lateRequests() throws {
        var fixture = StreamFixture(.delta)
        // While it was away its route went from one cluster to the other.
        fixture.publish([cluster("new"), listener("l", route: "r"), route("r", to: ["new"], "2")])
        let before = route("r", to: ["old"])
        _ = try fixture.subscribe(.cluster, has: ["old": cluster("old").version])
        let clusters = try #require(fixture.stream.hasRequested(.cluster) ? fixture.next() : nil)
        #expect(clusters.isEmpty, "the first answer is under way")
        fixture.now += ProxyStream.removalDelay * 2
        _ = try fixture.ask(.listener, has: ["l": listener("l", route: "r").version])
        _ = try fixture.ask(.route, subscribe: ["r"], has: ["r": before.version])
        let sent = fixture.next()
        #expect(sent.allSatisfy { $0.removed.isEmpty })
        fixture.now += ProxyStream.removalDelay * 2
        #expect(fixture.next().allSatisfy { $0.removed.isEmpty }, "the route is not acknowledged yet")
    }
}
