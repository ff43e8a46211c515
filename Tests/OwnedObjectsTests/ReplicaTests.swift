import MeshModel
import Testing
import XDSCache

@testable import OwnedObjects

@Suite("What replicas tell the leader")
struct ReplicaTests {
    private static let proxy = ProxyID(pod: ObjectName(namespace: "shop", name: "web-1"), uid: "u1")
    private static let other = ProxyID(pod: ObjectName(namespace: "shop", name: "web-2"), uid: "u2")

    private static let head = ReplicaReport.Place.head(trust: nil, server: nil)
    private static let refusal = Refusal(
        key: ResourceKey(ResourceName(.route, "outbound/shop/web/80"), variant: "v"), version: "abc",
        origins: [
            Origin(
                object: ObjectKey(kind: .httpRouteGroup, name: ObjectName(namespace: "shop", name: "r")), generation: 3)
        ], reason: "no \"such\" thing", isAlone: true)

    @Test("A report says the same after it was written and read")
    func roundTrip() throws {
        let proxies = [
            Self.proxy: SnapshotCache.ConnectedProxy(
                since: Timestamp(seconds: 1_790_000_000), acknowledged: ViewDigest("00ff"), refusals: [Self.refusal]),
            Self.other: SnapshotCache.ConnectedProxy(since: Timestamp(seconds: 1_790_000_001), acknowledged: nil),
        ]
        let text = try ReplicaReport(proxies, Self.head, run: nil).text()
        #expect(try ReplicaReport(text: text).connected == proxies)
        #expect(try ReplicaReport(text: text).text() == text)
    }

    @Test("A replica counts once it renews its report under the leader's eyes, and for as long as it does")
    func expiry() throws {
        var register = ReplicaRegister(patience: .seconds(15))
        let text = try ReplicaReport(
            [Self.proxy: .init(since: Timestamp(seconds: 1), acknowledged: ViewDigest("a"))], Self.head, run: nil
        ).text()
        #expect(register.take([("one", "1", text)], at: .zero).isEmpty)
        #expect(register.proxies(at: .zero).isEmpty, "it may be what a dead replica left")
        #expect(register.take([("one", "2", text)], at: .seconds(5)).isEmpty)
        #expect(register.proxies(at: .seconds(19)).keys.map(\.uid) == ["u1"])
        #expect(register.proxies(at: .seconds(20)).isEmpty)
        #expect(register.take([("one", "2", text)], at: .seconds(21)).isEmpty)
        #expect(register.proxies(at: .seconds(21)).isEmpty, "an unchanged object is no sign of life")
        #expect(register.take([("one", "3", text)], at: .seconds(22)).isEmpty)
        #expect(register.names(at: .seconds(22)) == ["one"])
        #expect(register.take([], at: .seconds(23)).isEmpty)
        #expect(register.proxies(at: .seconds(23)).isEmpty, "its object is gone")
        #expect(register.take([("one", "4", text)], at: .seconds(30)).isEmpty)
        #expect(register.abandoned(at: .seconds(329)).isEmpty)
        #expect(register.abandoned(at: .seconds(330)) == ["one"])
    }

    @Test("Of two replicas that have a proxy, only what both say is acknowledged")
    func twoReplicas() throws {
        func merged(_ first: ViewDigest?, _ second: ViewDigest?) throws -> SnapshotCache.ConnectedProxy? {
            var register = ReplicaRegister(patience: .seconds(15))
            let texts = try [first, second].enumerated().map { index, digest in
                try ReplicaReport(
                    [Self.proxy: .init(since: Timestamp(seconds: Int64(index)), acknowledged: digest)], Self.head,
                    run: nil
                ).text()
            }
            for version in ["1", "2"] {
                #expect(register.take([("one", version, texts[0]), ("two", version, texts[1])], at: .zero).isEmpty)
            }
            #expect(register.proxies(at: .zero).count == 1)
            return register.proxies(at: .zero)[Self.proxy]
        }
        #expect(try merged(ViewDigest("a"), nil)?.acknowledged == nil)
        #expect(try merged(ViewDigest("a"), ViewDigest("b"))?.acknowledged == nil)
        #expect(try merged(ViewDigest("a"), ViewDigest("a"))?.acknowledged == ViewDigest("a"))
        #expect(try merged(ViewDigest("a"), ViewDigest("a"))?.since == Timestamp(seconds: 1))
    }

    @Test("What many proxies refuse with the same words is told once, and not at any length")
    func manyRefusals() throws {
        let long = Refusal(
            key: Self.refusal.key, version: "v", origins: [], reason: String(repeating: "x", count: 5_000),
            isAlone: true)
        let proxies = (0..<1_000).map { number in
            (
                ProxyID(pod: ObjectName(namespace: "shop", name: "web-\(number)"), uid: "u\(number)"),
                SnapshotCache.ConnectedProxy(since: Timestamp(seconds: 1), acknowledged: nil, refusals: [long])
            )
        }
        let text = try ReplicaReport(Dictionary(uniqueKeysWithValues: proxies), Self.head, run: nil).text()
        #expect(text.utf8.count < 100_000)
        let read = try ReplicaReport(text: text).connected
        #expect(read.count == 1_000)
        #expect(read.values.allSatisfy { $0.refusals.map(\.reason.count) == [500] })
    }

    @Test("A report that cannot be read counts for nothing, and is named")
    func unreadable() {
        var register = ReplicaRegister(patience: .seconds(15))
        #expect(register.take([("one", "1", "{")], at: .zero) == ["one"])
        #expect(register.proxies(at: .zero).isEmpty)
    }
}
