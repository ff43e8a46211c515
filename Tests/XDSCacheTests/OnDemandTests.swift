import MeshModel
import Testing
import XDSCache

/// What a proxy asks for at the first call of an address.
@Suite("Clusters on demand")
struct OnDemandTests {
    private static let text = "10.2.0.1:80"
    private static let name = "on-demand/10.2.0.1:80"

    private static func address(_ text: String) throws -> SocketAddress {
        try #require(ResourceName(.cluster, "on-demand/\(text)").onDemandAddress)
    }

    /// The cluster of the address, which leads to the listener within the proxy.
    private static let inner = Resource(
        key: .init(.init(.cluster, name)), body: [1], references: [.init(.listener, name)])
    /// The cluster of an address that nobody has.
    private static let nobody = Resource(key: .init(.init(.cluster, name)), body: [2])

    @Test(
        "are named by an address in its own spelling and nothing else",
        arguments: [
            ("10.2.0.1:80", true), ("[fd00::1]:80", true), ("010.2.0.1:80", false), ("[FD00::1]:80", false),
            ("fd00::1:80", false), ("10.2.0.1", false), ("10.2.0.1:080", false), ("10.2.0.1:65536", false), ("", false),
        ])
    func names(text: String, isAddress: Bool) {
        for type in ResourceType.all {
            let address = ResourceName(type, "on-demand/\(text)").onDemandAddress
            #expect((address != nil) == (isAddress && (type == .cluster || type == .listener)))
            if let address { #expect(ResourceName.onDemandCluster(at: address).name == "on-demand/\(text)") }
        }
        #expect(ResourceName(.cluster, text).onDemandAddress == nil)
    }

    @Test("a name that is followed anew is asked about, once", arguments: ProxyStream.Variant.allCases)
    func asks(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a")])
        try fixture.start()
        fixture.view.expected = [.init(.cluster, Self.name)]
        #expect(try fixture.ask(.cluster, subscribe: ["*", "b", Self.name]) == [.asked([Self.address(Self.text)])])
        #expect(fixture.next().flatMap(\.removed) == ["b"], "what will come is not gone")
        #expect(try fixture.ask(.cluster, subscribe: ["c"]) == [])
    }

    @Test("what a reconnecting proxy has on demand is asked about: its clusters, and listeners of what others called")
    func reconnection() throws {
        var fixture = StreamFixture(.delta)
        let events = try fixture.ask(
            .cluster, subscribe: ["*", Self.name], has: ["on-demand/10.2.0.2:80": "1", "a": "1"])
        #expect(try events == [.asked([Self.address(Self.text), Self.address("10.2.0.2:80")])])
        let listeners = ["outbound/10.2.0.3:80": "1", "on-demand/10.2.0.3:80": "1", "outbound-listener": "1"]
        #expect(try fixture.ask(.listener, has: listeners) == [.asked([Self.address("10.2.0.3:80")])])
        #expect(try fixture.ask(.listener, subscribe: ["on-demand/10.2.0.4:80"]) == [])
    }

    @Test(
        "nothing that a reconnecting proxy has is removed or sent while it is asked about, nor when it is there again")
    func nothingMoves() throws {
        var fixture = StreamFixture(.delta)
        let there = [cluster("a"), listener(Self.name, route: "r"), route("r", to: ["a"]), Self.inner]
        let versions = Dictionary(uniqueKeysWithValues: there.map { ($0.key.name, $0.version) })
        func has(_ type: ResourceType) -> [String: String] {
            Dictionary(
                uniqueKeysWithValues: versions.filter { $0.key.type == type }.map { ($0.key.name, $0.value) })
        }
        fixture.publish([])
        fixture.view.expected = Set(versions.keys)
        var sent = try fixture.settle(fixture.subscribe(.cluster, ["*", Self.name], has: has(.cluster)))
        sent += try fixture.settle(fixture.subscribe(.listener, has: has(.listener)))
        sent += try fixture.settle(fixture.subscribe(.route, ["r"], has: has(.route)))
        fixture.now += .seconds(60)
        sent += try fixture.settle()
        fixture.view.expected = []
        for resource in there { fixture.view.resources[resource.key.name] = resource }
        fixture.stream.update(nil, revision: 2)
        sent += try fixture.settle()
        fixture.now += .seconds(60)
        sent += try fixture.settle()
        #expect(sent.allSatisfy { $0.resources.isEmpty && $0.removed.isEmpty })
        #expect(fixture.stream.acknowledged == 2)
    }

    @Test(
        "the cluster is sent once the listener within the proxy has its routes", arguments: ProxyStream.Variant.allCases
    )
    func order(variant: ProxyStream.Variant) throws {
        var fixture = StreamFixture(variant)
        fixture.publish([cluster("a")])
        try fixture.start()
        fixture.publish([Self.inner, listener(Self.name, route: "r"), route("r", to: ["a"])])
        let first = try fixture.subscribe(.cluster, ["*", Self.name])
        #expect(first.summary == ["Listener \(Self.name)"])
        // Envoy asks for the routes when it has the listener, and acknowledges that.
        let routes = try fixture.subscribe(.route, ["r"])
        #expect(routes.summary == ["RouteConfiguration r"])
        #expect(try fixture.acknowledge(first[0]).isEmpty, "the routes are not acknowledged")
        #expect(try fixture.acknowledge(routes[0]).summary == ["Cluster \(Self.name)"])
    }

    @Test("for connections it waits for the extension of the listener")
    func orderOfConnections() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a")])
        try fixture.start()
        fixture.publish([Self.inner, listener(Self.name, extension: "e"), filter("e")])
        let first = try fixture.subscribe(.cluster, [Self.name])
        #expect(first.summary == ["Listener \(Self.name)"])
        #expect(try fixture.acknowledge(first[0]).isEmpty)
        let settings = try fixture.subscribe(.extension, ["e"])
        #expect(settings.summary == ["TypedExtensionConfig e"])
        #expect(try fixture.acknowledge(settings[0]).summary == ["Cluster \(Self.name)"])
    }

    @Test("a listener that the proxy refuses is not waited for: the connection fails at once")
    func refusedListener() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([])
        try fixture.start()
        fixture.publish([Self.inner, listener(Self.name, route: "r"), route("r", to: [])])
        let first = try fixture.subscribe(.cluster, [Self.name])
        #expect(first.summary == ["Listener \(Self.name)"])
        #expect(try fixture.refuse(first[0]).summary == ["Cluster \(Self.name)"])
    }

    @Test("of an address that nobody has it is sent at once, and changes when somebody has it")
    func nobody() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a")])
        try fixture.start()
        fixture.view.resources[Self.nobody.key.name] = Self.nobody
        let sent = try fixture.subscribe(.cluster, [Self.name])
        #expect(sent.map(\.resources) == [[Self.nobody]])
        _ = try fixture.settle(sent)
        // Only the listener is told of: the cluster is made from it.
        fixture.view.resources[Self.inner.key.name] = Self.inner
        fixture.publish([listener(Self.name, route: "r"), route("r", to: ["a"])])
        let first = fixture.next()
        #expect(first.summary == ["Listener \(Self.name)"])
        let routes = try fixture.subscribe(.route, ["r"])
        _ = try fixture.acknowledge(first[0])
        #expect(try fixture.acknowledge(routes[0]).map(\.resources) == [[Self.inner]])
    }

    @Test("a listener that leaves the view while its cluster is followed is asked about again, once each time")
    func lost() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a")])
        try fixture.start()
        let address = try Self.address(Self.text)
        fixture.view.resources[Self.nobody.key.name] = Self.nobody
        _ = try fixture.settle(fixture.subscribe(.cluster, [Self.name]))
        #expect(fixture.stream.takeLost(fixture.view) == [], "the answer to the first question is not there")
        // It comes with an update that names nothing.
        fixture.view.resources[.init(.listener, Self.name)] = listener(Self.name)
        fixture.stream.update(nil, revision: 2)
        #expect(fixture.stream.takeLost(fixture.view) == [])
        for _ in 0..<2 {
            fixture.publish([], remove: [.init(.listener, Self.name)])
            #expect(fixture.stream.takeLost(fixture.view) == [address])
            #expect(fixture.stream.takeLost(fixture.view) == [])
            // Nobody has it: the question was in vain, and is not repeated.
            fixture.stream.update(nil, revision: 2)
            #expect(fixture.stream.takeLost(fixture.view) == [])
            fixture.publish([listener(Self.name)])
            #expect(fixture.stream.takeLost(fixture.view) == [])
        }
        // Hidden in an update that names nothing.
        fixture.view.resources[.init(.listener, Self.name)] = nil
        fixture.stream.update(nil, revision: 2)
        #expect(fixture.stream.takeLost(fixture.view) == [address])
        fixture.publish([listener(Self.name)])
        #expect(fixture.stream.takeLost(fixture.view) == [])
        #expect(try fixture.ask(.cluster, unsubscribe: [Self.name]) == [])
        fixture.publish([], remove: [.init(.listener, Self.name)])
        #expect(fixture.stream.takeLost(fixture.view) == [], "nobody follows it")
    }

    @Test("whether connections pass through decides anew about each that is followed")
    func passthrough() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a")])
        try fixture.start()
        fixture.view.resources[Self.nobody.key.name] = Self.nobody
        _ = try fixture.settle(fixture.subscribe(.cluster, [Self.name]))
        let other = Resource(key: Self.nobody.key, body: [3])
        fixture.view.resources[other.key.name] = other
        fixture.publish([Resource(key: .init(.passthrough), body: [4])])
        #expect(fixture.next().summary == ["Cluster \(Self.name) passthrough-outbound"])
    }

    @Test("a proxy that lets go of a name is told that it is gone, and is not sent it again")
    func unsubscription() throws {
        var fixture = StreamFixture(.delta)
        fixture.publish([cluster("a")])
        try fixture.start()
        fixture.view.resources[Self.nobody.key.name] = Self.nobody
        _ = try fixture.settle(fixture.subscribe(.cluster, [Self.name]))
        fixture.view.resources[Self.nobody.key.name] = nil
        #expect(try fixture.ask(.cluster, unsubscribe: [Self.name]) == [])
        _ = try fixture.settle()
        fixture.publish([listener(Self.name)])
        #expect(fixture.next().summary == ["Listener \(Self.name)"])
    }
}
