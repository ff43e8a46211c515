import MeshModel
import Testing
import XDSCache

@testable import OwnedObjects

@Suite("What replicas tell the leader")
struct ReplicaTests {
    private static let proxy = ProxyID(pod: ObjectName(namespace: "shop", name: "web-1"), uid: "u1")
    private static let other = ProxyID(pod: ObjectName(namespace: "shop", name: "web-2"), uid: "u2")

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
        let text = try ReplicaReport(proxies).text()
        #expect(try ReplicaReport(text: text).connected == proxies)
        #expect(try ReplicaReport(text: text).text() == text)
    }

    @Test("A replica that does not renew its report for so long does not count any more")
    func expiry() throws {
        var register = ReplicaRegister(patience: .seconds(15))
        let text = try ReplicaReport([Self.proxy: .init(since: Timestamp(seconds: 1), acknowledged: ViewDigest("a"))])
            .text()
        #expect(register.take([("one", "1", text)], at: .zero).isEmpty)
        #expect(register.proxies(at: .seconds(14)).keys.map(\.uid) == ["u1"])
        #expect(register.proxies(at: .seconds(15)).isEmpty)
        #expect(register.take([("one", "1", text)], at: .seconds(16)).isEmpty)
        #expect(register.proxies(at: .seconds(16)).isEmpty, "an unchanged object is no sign of life")
        #expect(register.take([("one", "2", text)], at: .seconds(17)).isEmpty)
        #expect(register.names(at: .seconds(17)) == ["one"])
        #expect(register.take([], at: .seconds(18)).isEmpty)
        #expect(register.proxies(at: .seconds(18)).isEmpty, "its object is gone")
        #expect(register.take([("one", "3", text)], at: .seconds(20)).isEmpty)
        #expect(register.abandoned(at: .seconds(319)).isEmpty)
        #expect(register.abandoned(at: .seconds(320)) == ["one"])
    }

    @Test("Of two replicas that have a proxy, the one counts that says it is behind")
    func twoReplicas() throws {
        var register = ReplicaRegister(patience: .seconds(15))
        let current = ReplicaReport([Self.proxy: .init(since: Timestamp(seconds: 1), acknowledged: ViewDigest("a"))]
        )
        let behind = ReplicaReport([Self.proxy: .init(since: Timestamp(seconds: 9), acknowledged: nil)])
        #expect(register.take([("one", "1", try current.text()), ("two", "1", try behind.text())], at: .zero).isEmpty)
        #expect(register.proxies(at: .zero)[Self.proxy]?.acknowledged == nil)
        #expect(register.proxies(at: .zero).count == 1)
    }

    @Test("A report that cannot be read counts for nothing, and is named")
    func unreadable() {
        var register = ReplicaRegister(patience: .seconds(15))
        #expect(register.take([("one", "1", "{")], at: .zero) == ["one"])
        #expect(register.proxies(at: .zero).isEmpty)
    }
}
