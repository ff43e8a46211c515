import Testing
import XDSCache

@Suite("What is told of refusals")
struct RefusalReportTests {
    @Test(
        "names of a refused response are refusals of several until they are tried alone",
        arguments: ProxyStream.Variant.allCases)
    func severally(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([])
        try fixture.start()
        fixture.publish([cluster("a"), cluster("b", "bad")])
        let first = try fixture.refuse(fixture.next()[0])
        #expect(
            fixture.stream.refusals
                == [refusal(of: cluster("a"), isAlone: false), refusal(of: cluster("b", "bad"), isAlone: false)])
        let second = try fixture.acknowledge(first[0])
        #expect(fixture.stream.refusals == [refusal(of: cluster("b", "bad"), isAlone: false)])
        #expect(fixture.stream.acknowledged == 1, "nothing is in force while the refused are tried")
        _ = try fixture.refuse(second[0])
        #expect(fixture.stream.refusals == [refusal(of: cluster("b", "bad"), isAlone: true)])
        #expect(fixture.stream.acknowledged == 2)
    }

    @Test(
        "a resource that is kept back because its cluster is refused is a refusal, too, with the cluster's reason",
        arguments: ProxyStream.Variant.allCases)
    func blocked(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), route("r", to: ["a"])])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["r"]))
        fixture.publish([cluster("c", "bad"), route("r", to: ["a", "c"])])
        _ = try fixture.refuse(fixture.next()[0])
        let refusals = fixture.stream.refusals
        #expect(refusals.map(\.key.name) == [.init(.cluster, "c"), .init(.route, "r")])
        #expect(refusals.map(\.version) == [cluster("c", "bad").version, route("r", to: ["a", "c"]).version])
        #expect(refusals.last?.reason == "it names Cluster c, which is refused: ?")
        #expect(refusals.last?.isAlone == true)
        fixture.publish([cluster("c", "good")])
        _ = try fixture.settle()
        #expect(fixture.stream.refusals.isEmpty)
    }

    @Test("of a refused secret no word of the reason is kept", arguments: ProxyStream.Variant.allCases)
    func redacted(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([secret("workload", "key")])
        let sent = try fixture.subscribe(.secret, ["workload"])
        let events = try fixture.ask(.secret, nonce: sent[0].nonce, refusal: "bad PEM: SECRET KEY")
        #expect(events.count == 2)
        #expect(!"\(events)".contains("SECRET KEY"))
        #expect(fixture.stream.refusals.count == 1)
        #expect(fixture.stream.refusals[0].reason.contains("redacted"))
    }

    @Test("reverting what was refused clears every refusal", arguments: ProxyStream.Variant.allCases)
    func reverted(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a"), route("r", to: ["a"])])
        try fixture.start()
        _ = try fixture.settle(fixture.subscribe(.route, ["r"]))
        fixture.publish([cluster("c", "bad"), route("r", to: ["a", "c"])])
        _ = try fixture.refuse(fixture.next()[0])
        #expect(fixture.stream.refusals.count == 2)
        fixture.publish([route("r", to: ["a"])], remove: [.init(.cluster, "c")])
        _ = try fixture.settle()
        #expect(fixture.stream.refusals.isEmpty)
        #expect(fixture.stream.acknowledged == fixture.revision)
    }

    @Test("after a reconnection with the versions of before, what was reverted meanwhile is no refusal")
    func reconnected() throws {
        let versions = ["a": cluster("a").version]
        var fixture = StreamFixture(.delta)
        // The proxy refused another a on its former stream; the good one is back.
        fixture.publish([cluster("a")])
        #expect(try fixture.settle(fixture.subscribe(.cluster, has: versions)).summary == ["Cluster"])
        _ = try fixture.settle(fixture.subscribe(.listener))
        #expect(fixture.stream.refusals.isEmpty)
        #expect(fixture.stream.acknowledged == 1)
    }

    @Test("after a reconnection what is still refused is tried once, and refused again")
    func stillRefused() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a", "bad"), cluster("b")])
        let versions = ["a": cluster("a").version, "b": cluster("b").version]
        let sent = try fixture.subscribe(.cluster, has: versions)
        #expect(sent.summary == ["Cluster a"])
        #expect(try fixture.refuse(sent[0]).isEmpty)
        #expect(fixture.stream.refusals == [refusal(of: cluster("a", "bad"))])
    }

    @Test(
        "a refused removal is tried again with the others, and alone in the end",
        arguments: ProxyStream.Variant.allCases)
    func narrowedRemovals(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([listener("a"), listener("b")])
        try fixture.start()
        fixture.publish([listener("c", "bad")], remove: [.init(.listener, "a"), .init(.listener, "b")])
        let all = fixture.next()
        #expect(all.summary == ["Listener c -a -b"])
        var log: [String] = []
        var open = try fixture.refuse(all[0])
        while !open.isEmpty {
            log += open.summary
            open = try open.flatMap { response in
                response.content.contains { $0.body == Array("bad".utf8) }
                    ? try fixture.refuse(response) : try fixture.acknowledge(response)
            }
        }
        #expect(log == ["Listener c", "Listener -a -b"])
        #expect(fixture.stream.refusals == [refusal(of: listener("c", "bad"))])
        #expect(fixture.stream.acknowledged == fixture.revision)
    }
}
