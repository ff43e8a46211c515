import Testing
import XDSCache

@Suite("What is special to the state of the world")
struct StateOfTheWorldTests {
    private func names(_ response: ProxyStream.Response) -> [String] { response.content.map(\.key.name.name) }

    @Test("a change of one cluster, listener or secret is written out with all the others")
    func wholeSets() throws {
        for make in [{ cluster($0, $1) }, { listener($0, $1) }, { secret($0, $1) }] as [(String, String) -> Resource] {
            var fixture = StreamFixture(.stateOfTheWorld)
            fixture.publish(["a", "b", "c"].map { make($0, "1") })
            let type = make("a", "1").key.name.type
            let first = try fixture.subscribe(type, type == .secret ? ["a", "b", "c"] : [])
            #expect(first.map(names) == [["a", "b", "c"]])
            _ = try fixture.settle(first)
            fixture.publish([make("b", "2")])
            let sent = fixture.next()
            #expect(sent.map(names) == [["a", "b", "c"]], "\(type)")
            #expect(sent.map(\.resources) == [[make("b", "2")]], "only the change counts as sent")
            #expect(sent[0].content[1] == make("b", "2"))
        }
    }

    @Test("a change of one route, endpoints or extension is written out alone")
    func parts() throws {
        for type in [ResourceType.route, .endpoints, .extension] {
            func make(_ name: String, _ body: String) -> Resource {
                Resource(key: .init(.init(type, name)), body: Array(body.utf8))
            }
            var fixture = StreamFixture(.stateOfTheWorld)
            fixture.publish([make("a", "1"), make("b", "1")])
            _ = try fixture.settle(fixture.subscribe(type, ["a", "b"]))
            fixture.publish([make("b", "2")])
            #expect(fixture.next().map(names) == [["b"]], "\(type)")
        }
    }

    @Test("what is gone is removed by its omission from the whole set")
    func omission() throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        fixture.publish([cluster("a"), cluster("b"), listener("l"), listener("m")])
        try fixture.start()
        fixture.publish([], remove: [.init(.cluster, "a"), .init(.listener, "l")])
        let listeners = fixture.next()
        #expect(listeners.map(names) == [["m"]], "listeners at once")
        #expect(try fixture.settle(listeners).count == 1)
        fixture.now += ProxyStream.removalDelay
        let sent = fixture.next()
        #expect(sent.map(names) == [["b"]])
        #expect(sent.map(\.removed) == [["a"]])
    }

    @Test("a set that becomes empty is sent empty: so all are deleted")
    func empty() throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        fixture.publish([listener("l")])
        try fixture.start()
        fixture.publish([], remove: [.init(.listener, "l")])
        let sent = fixture.next()
        #expect(sent.map(\.type) == [.listener])
        #expect(sent.map(names) == [[]])
    }

    @Test("routes and endpoints that are gone are not said to be: an empty response would mean nothing")
    func noWord() throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        fixture.publish([endpoints("a")])
        _ = try fixture.settle(fixture.subscribe(.endpoints, ["a"]))
        fixture.publish([], remove: [.init(.endpoints, "a")])
        fixture.now += ProxyStream.removalDelay
        #expect(try fixture.settle().isEmpty)
        fixture.now += ProxyStream.removalDelay
        #expect(try fixture.settle().isEmpty)
        fixture.publish([endpoints("a")])
        #expect(fixture.next().map(names) == [["a"]], "when it comes back it is sent")
    }

    @Test(
        "who follows nothing of a type any more is not waited for: Envoy is silent on an empty answer",
        arguments: [false, true])
    func nobodyAsks(isAnswered: Bool) throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        // On its new stream the proxy first asks for the endpoints of a cluster that is gone meanwhile.
        _ = try fixture.ask(.endpoints, subscribe: ["gone"])
        if !isAnswered { _ = try fixture.ask(.endpoints, unsubscribe: ["gone"]) }
        #expect(fixture.next().map(names) == [[]])
        fixture.publish([cluster("a")])
        for type in [ResourceType.cluster, .listener] {
            _ = try fixture.settle(fixture.subscribe(type).filter { $0.type != .endpoints })
        }
        if isAnswered {
            #expect(fixture.stream.acknowledged == 0)
            #expect(try fixture.ask(.endpoints, unsubscribe: ["gone"]).isEmpty)
            #expect(fixture.next().isEmpty)
        }
        #expect(fixture.stream.acknowledged == fixture.revision)
        // What is asked for later is sent, whether or not the answer before was acknowledged at last.
        fixture.publish([endpoints("a")])
        #expect(try fixture.settle(fixture.subscribe(.endpoints, ["a"])).summary == ["ClusterLoadAssignment a"])
    }

    @Test("the version is of the whole type: equal on every stream that has the same, another with every change")
    func versions() throws {
        func version(_ clusters: [Resource]) throws -> String {
            var fixture = StreamFixture(.stateOfTheWorld)
            fixture.publish(clusters)
            return try fixture.subscribe(.cluster)[0].version
        }
        let plain = try version([cluster("a"), cluster("b")])
        #expect(!plain.isEmpty)
        #expect(try version([cluster("b"), cluster("a")]) == plain)
        let others = try [
            version([cluster("a")]), version([cluster("a", "2"), cluster("b")]), version([cluster("a"), cluster("c")]),
            version([]), plain,
        ]
        #expect(Set(others).count == others.count)
    }

    @Test("a version that comes about by updates is that of a stream that begins with the result")
    func sameVersion() throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        fixture.publish([cluster("a"), cluster("b")])
        try fixture.start()
        fixture.publish([cluster("b", "2"), cluster("c")])
        let updated = fixture.next()
        var other = StreamFixture(.stateOfTheWorld)
        other.publish([cluster("a"), cluster("b", "2"), cluster("c")])
        #expect(try other.subscribe(.cluster)[0].version == updated[0].version)
        _ = try fixture.settle(updated)
        fixture.publish([], remove: [.init(.cluster, "a")])
        _ = try fixture.settle()
        fixture.now += ProxyStream.removalDelay
        let removed = fixture.next()
        var third = StreamFixture(.stateOfTheWorld)
        third.publish([cluster("b", "2"), cluster("c")])
        #expect(try third.subscribe(.cluster)[0].version == removed[0].version)
    }

    @Test("differences have no version of the type")
    func deltaVersion() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a")])
        #expect(try fixture.subscribe(.cluster)[0].version.isEmpty)
    }

    @Test("an acknowledgement repeats the names: it subscribes to nothing anew, and nothing is sent again")
    func repeatedNames() throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        fixture.publish([endpoints("a"), endpoints("b")])
        #expect(try fixture.settle(fixture.subscribe(.endpoints, ["a", "b"])).summary == ["ClusterLoadAssignment a b"])
        #expect(fixture.next().isEmpty)
        #expect(try fixture.subscribe(.endpoints).isEmpty)
    }

    @Test("a wildcard holds as long as no name was named, whatever is acknowledged")
    func wildcardHolds() throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        fixture.publish([cluster("a")])
        _ = try fixture.settle(fixture.subscribe(.cluster))
        for round in 2..<5 {
            fixture.publish([cluster("a", "\(round)"), cluster("b\(round)")])
            let sent = fixture.next()
            #expect(sent.count == 1)
            _ = try fixture.settle(sent)
        }
        #expect(fixture.stream.acknowledged == 0, "listeners were never asked for")
        _ = try fixture.settle(fixture.subscribe(.listener))
        #expect(fixture.stream.acknowledged == 4)
    }

    @Test("a new secret is written with those that the proxy has, which it does not count as sent again")
    func secretsTogether() throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        fixture.publish([secret("roots"), secret("peers/80")])
        _ = try fixture.settle(fixture.subscribe(.secret, ["roots"]))
        let sent = try fixture.subscribe(.secret, ["peers/80"])
        #expect(sent.map(names) == [["peers/80", "roots"]])
        #expect(sent.summary == ["Secret peers/80"])
    }

    @Test("after a refusal a half is written with the last good of the others, and without the bad one in quarantine")
    func refused() throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        fixture.publish(["a", "b", "c"].map { cluster($0) })
        try fixture.start()
        fixture.publish([cluster("b", "bad"), cluster("c", "2")])
        let halves = try fixture.refuse(fixture.next()[0])
        #expect(halves.map(\.resources) == [[cluster("b", "bad")]])
        let other = try fixture.refuse(halves[0])
        #expect(other.map(\.content) == [[cluster("a"), cluster("b"), cluster("c", "2")]])
        #expect(try fixture.acknowledge(other[0]).isEmpty)
        #expect(fixture.stream.refusals == [refusal(of: cluster("b", "bad"))])
    }

    @Test("the first set of listeners is whole or not sent: a proxy that comes back may have what still waits")
    func firstSet() throws {
        for variant in ProxyStream.Variant.allCases {
            var fixture = StreamFixture(variant)
            fixture.publish([cluster("c"), listener("l", cluster: "c"), listener("m")])
            _ = try fixture.ask(.cluster)
            _ = try fixture.ask(.listener)
            let sent = fixture.next()
            switch variant {
            // A difference takes nothing away.
            case .delta: #expect(sent.summary == ["Cluster c", "Listener m"])
            case .stateOfTheWorld: #expect(sent.summary == ["Cluster c"])
            }
            let rest = try fixture.settle(sent)
            #expect(Set(rest.flatMap(\.resources)) == [cluster("c"), listener("l", cluster: "c"), listener("m")])
            if variant == .stateOfTheWorld { #expect(rest.last.map(names) == ["l", "m"]) }
        }
    }

    @Test("of a refused first set all goes first that the proxy does not speak of, and then the rest with it")
    func firstRefusal() throws {
        var fixture = StreamFixture(.stateOfTheWorld)
        fixture.publish(["a1", "b1", "c1", "d1"].map { cluster($0) })
        let first = try fixture.subscribe(.cluster)
        #expect(first.map(names) == [["a1", "b1", "c1", "d1"]])
        let good = try fixture.refuse(first[0], "Error adding cluster b1: it is bad")
        #expect(good.map(names) == [["a1", "c1", "d1"]])
        let bad = try fixture.acknowledge(good[0])
        #expect(bad.map(names) == [["a1", "b1", "c1", "d1"]])
        #expect(bad.map(\.resources) == [[cluster("b1")]])
        #expect(try fixture.refuse(bad[0]).isEmpty)
        #expect(fixture.stream.refusals.map(\.key) == [cluster("b1").key])
    }
}
