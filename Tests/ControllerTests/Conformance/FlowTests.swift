import NIOHPACK
import Testing
import XDSCache

@testable import XDSServer

/// Windows, settings and pings (RFC 9113, sections 5.2, 6.5, 6.7 and 6.9).
@Suite("HTTP/2 on the wire: windows and settings")
struct FlowTests {
    private static func with(
        size: Int = 0, _ manners: WireConnection.Manners,
        _ body: @escaping @Sendable (BareServer, WireConnection) async throws -> Void
    ) async throws {
        try await BareServer.with { bare in
            bare.show([BareServer.message(.cluster, "a", size: size), BareServer.message(.listener, "a")])
            try await bare.wire(manners) { try await body(bare, $0) }
        }
    }

    private static func manners(window: UInt32) -> WireConnection.Manners {
        var manners = WireConnection.Manners()
        manners.opensWindows = false
        manners.settings = .settings([.initialWindow: window])
        return manners
    }

    /// How many bytes of messages came on a stream.
    private static func bytes(_ call: WireCall) -> Int { call.connection.received.streams[call.id]?.bytes ?? 0 }

    @Test(
        "a window of one byte, opened by one to three bytes at a time, brings the whole response, and no byte too many"
    )
    func dribble() async throws {
        try await Self.with(size: 50, Self.manners(window: 1)) { _, connection in
            let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
            try await proxy.ask(.cluster)
            var granted = 1
            while true {
                try await connection.until("the window is used") { _ in Self.bytes(proxy.call) == granted }
                // A ping shows that nothing more comes: what is sent is sent in order.
                try await connection.ping()
                #expect(Self.bytes(proxy.call) == granted)
                if granted >= 100 { break }
                let more = Int.random(in: 1...3)
                try await connection.send(.windowUpdate(proxy.call.id, by: more))
                granted += more
            }
            try await connection.send(.windowUpdate(proxy.call.id, by: 100_000))
            #expect(try await proxy.take().summary == "Cluster a")
            let stream = try #require(connection.received.streams[proxy.call.id])
            #expect(stream.frames >= 33)
        }
    }

    @Test("windows that settings change under way hold at once: from nothing, up, below what is used, and up again")
    func settings() async throws {
        try await Self.with(size: 30_000, Self.manners(window: 0)) { _, connection in
            let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
            try await proxy.ask(.cluster)
            try await connection.ping()
            #expect(Self.bytes(proxy.call) == 0)
            try await connection.send(.settings([.initialWindow: 10_000]))
            try await connection.until("10,000 bytes") { _ in Self.bytes(proxy.call) == 10_000 }
            // Now the window is 9,000 below nothing, and has room for 1 once it was opened by 9,001.
            try await connection.send(.settings([.initialWindow: 1_000]))
            try await connection.send(.windowUpdate(proxy.call.id, by: 9_000))
            try await connection.ping()
            #expect(Self.bytes(proxy.call) == 10_000)
            try await connection.send(.windowUpdate(proxy.call.id, by: 1))
            try await connection.until("one byte") { _ in Self.bytes(proxy.call) == 10_001 }
            try await connection.ping()
            #expect(Self.bytes(proxy.call) == 10_001)
            try await connection.send(.settings([.initialWindow: 65_535]))
            #expect(try await proxy.take().summary == "Cluster a")
            // Each of the four was acknowledged.
            try await connection.until("the settings are acknowledged") {
                $0.count(.settings, acknowledgements: true) == 4
            }
        }
    }

    @Test("the window of the connection holds for all its streams together")
    func connectionWindow() async throws {
        try await Self.with(size: 50_000, Self.manners(window: 1 << 20)) { _, connection in
            let proxies = [
                try await WireProxy.open(.delta, connection, BareServer.pod),
                try await WireProxy.open(.stateOfTheWorld, connection, BareServer.pod),
            ]
            for proxy in proxies { try await proxy.ask(.cluster) }
            func total() -> Int { proxies.reduce(0) { $0 + Self.bytes($1.call) } }
            try await connection.until("the window is used") { _ in total() == 65_535 }
            try await connection.ping()
            #expect(total() == 65_535)
            try await connection.send(.windowUpdate(0, by: 1 << 20))
            for proxy in proxies { #expect(try await proxy.take().summary == "Cluster a") }
        }
    }

    @Test("a stream whose window is closed holds up no other on its connection")
    func otherStream() async throws {
        try await Self.with(size: 100, Self.manners(window: 0)) { _, connection in
            let closed = try await WireProxy.open(.delta, connection, BareServer.pod)
            try await closed.ask(.cluster)
            let open = try await WireProxy.open(.delta, connection, BareServer.pod)
            try await connection.send(.windowUpdate(open.call.id, by: 10_000))
            for type in [ResourceType.cluster, .listener] {
                try await open.ask(type)
                #expect(try await open.take().type == type)
            }
            #expect(Self.bytes(closed.call) == 0)
        }
    }

    @Test(
        "what comes on a stream that was ended while its client takes nothing is passed over; its status comes at last")
    func afterEnd() async throws {
        try await Self.with(size: 100, Self.manners(window: 0)) { bare, connection in
            let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
            try await proxy.call.end(HostileClient.request(ResourceType.cluster.url))
            try await connection.until("the stream is served no more") { _ in bare.streams == 0 }
            let request = try WireCall.framed(HostileClient.request(ResourceType.listener.url))
            // Far more than the windows of the stream and of the connection have room for.
            let many = (0..<(1 << 20) / request.count).flatMap { _ in request }
            try await proxy.call.send(bytes: many)
            try await connection.ping()
            #expect(!proxy.call.isOver && Self.bytes(proxy.call) == 0)
            try await connection.send(.windowUpdate(proxy.call.id, by: 100_000))
            #expect(try await proxy.next().summary == "Cluster a")
            #expect(try await proxy.call.end().status == WireCall.Status.internal)
            #expect(proxy.answers.count == 1)
        }
    }

    @Test("a client without a table of header fields is sent none that need one")
    func headerTable() async throws {
        var manners = WireConnection.Manners()
        manners.settings = .settings([.headerTableSize: 0])
        manners.tableSize = 0
        try await Self.with(manners) { _, connection in
            for _ in 1...3 {
                let refused = try await connection.open(WireCall.fields(path: "/nothing/nothing", token: nil))
                #expect(try await refused.end().status == WireCall.Status.unimplemented)
            }
            let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
            try await proxy.ask(.cluster)
            #expect(try await proxy.take().summary == "Cluster a")
            #expect(connection.received.failure == nil)
        }
    }

    @Test("a client may use the table that the server allows, its size changed and entries of it named again")
    func clientTable() async throws {
        try await Self.with(.init()) { _, connection in
            try await connection.until("the settings") { $0.hasSettings }
            let size = Int(connection.received.settings[WireFrame.Setting.headerTableSize.rawValue] ?? 4_096)
            let fields = WireCall.fields(token: BareServer.pod)
            for round in 1...3 {
                let id = connection.nextStream()
                // Half the size, then the whole, as section 4.2 of RFC 7541 allows at the start of a block.
                var block = WireFields.integer(size / 2, prefix: 5, 0x20) + WireFields.integer(size, prefix: 5, 0x20)
                if round == 1 || size == 0 {
                    block += fields.flatMap { WireFields.indexed($0) }
                } else {
                    // The last that entered is number 62.
                    block += (0..<fields.count).reversed().flatMap { WireFields.integer(62 + $0, prefix: 7, 0x80) }
                }
                try await connection.send(WireFrame(.headers, flags: WireFrame.endHeaders, stream: id, block))
                let proxy = WireProxy(.delta, WireCall(connection: connection, id: id))
                try await proxy.ask(.cluster)
                #expect(try await proxy.take().summary == "Cluster a")
            }
        }
    }

    @Test("pings are answered with what they hold, under way and before the first stream; settings are acknowledged")
    func pings() async throws {
        try await Self.with(.init()) { _, connection in
            // Each second at most: who pings more often may be sent away (ENHANCE_YOUR_CALM).
            for _ in 1...2 {
                try await connection.ping()
                try await Task.sleep(for: .seconds(1.1))
            }
            let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
            try await proxy.ask(.cluster)
            try await connection.ping()
            #expect(try await proxy.take().summary == "Cluster a")
            for round in 1...5 {
                try await connection.send(.settings([:]))
                try await connection.until("the settings are acknowledged") {
                    $0.count(.settings, acknowledgements: true) == round + 1
                }
            }
            #expect(connection.received.goAway == nil)
            #expect(connection.received.settings[WireFrame.Setting.maximumStreams.rawValue].map { $0 <= 16 } == true)
        }
    }

    @Test("what a later version of HTTP/2 may bring is passed over: frames, settings, flags and the reserved bit")
    func unknown() async throws {
        try await Self.with(.init()) { _, connection in
            var frame = WireFrame(.priority, stream: 1, [0, 0, 0, 0, 16])
            try await connection.send(frame)
            frame.kind = 0xfa
            try await connection.send(frame)
            var settings = WireFrame.settings([.enablePush: 0])
            settings.payload += [0xab, 0xcd, 1, 2, 3, 4]
            settings.flags = 0xfe
            try await connection.send(settings)
            let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
            frame.stream = proxy.call.id
            try await connection.send(frame)
            let request = try WireCall.framed(HostileClient.request(ResourceType.cluster.url))
            try await connection.send(
                WireFrame(.data, flags: 0x40, stream: 0x8000_0000 | proxy.call.id, request))
            #expect(try await proxy.take().summary == "Cluster a")
            try await connection.ping()
        }
    }
}
