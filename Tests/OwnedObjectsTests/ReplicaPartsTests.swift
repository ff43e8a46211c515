import CertificateAuthority
import Foundation
import MeshModel
import Testing
import XDSCache

@testable import OwnedObjects

@Suite("What a replica of many proxies tells, in several objects")
struct ReplicaPartsTests {
    private static func proxies(
        _ numbers: Range<Int>, refusals: (Int) -> [Refusal] = { _ in [] }
    ) -> [ProxyID: SnapshotCache.ConnectedProxy] {
        Dictionary(
            uniqueKeysWithValues: numbers.map { number in
                let digits = "\(1_000_000 + number)".dropFirst()
                let id = ProxyID(
                    pod: ObjectName(namespace: "bookstore", name: "web-of-many-words-7d4b9c6f5d-\(digits)"),
                    uid: "8a1f0e52-0000-4000-8000-000000\(digits)")
                let proxy = SnapshotCache.ConnectedProxy(
                    since: Timestamp(seconds: 1_790_000_000 + Int64(number)),
                    acknowledged: ViewDigest("\(number % 500)" + String(repeating: "a", count: 29)),
                    refusals: refusals(number),
                    trust: ProxyTrust(epoch: 3, issuer: String(repeating: "b", count: 64)),
                    serverRoot: String(repeating: "c", count: 64))
                return (id, proxy)
            })
    }

    private static func refusal(_ number: Int, reason: String = String(repeating: "x", count: 400)) -> Refusal {
        Refusal(
            key: ResourceKey(ResourceName(.route, "outbound/shop/web-\(number)/80"), variant: "v"), version: "abc",
            origins: [], reason: reason, isAlone: true)
    }

    private static func text(_ part: [ProxyID: SnapshotCache.ConnectedProxy]) throws -> String {
        try ReplicaReport(part, .part(ofHead: "osm-replica-one"), run: "r").text()
    }

    @Test(
        "Each proxy is in one part, the same as long as their number is; each part is small",
        arguments: [
            0, 1, 1_000, 1_001, 5_000, 20_000,
        ])
    func parts(count: Int) throws {
        var parts = ReplicaParts()
        let all = Self.proxies(0..<count)
        let split = parts.split(all)
        #expect(split.count == parts.count)
        #expect(split.reduce(into: [:]) { $0.merge($1) { first, _ in first } } == all)
        #expect(split.map(\.count).reduce(0, +) == count)
        #expect(split.count <= max(1, count / 250))
        #expect(parts.split(all) == split)
        let sizes = try split.map { try Self.text($0).utf8.count }
        #expect(sizes.allSatisfy { $0 < 256 << 10 })
        if count >= 5_000 {
            #expect(sizes.reduce(0, +) / count < 200)
            print(
                "figure: the report of \(count) proxies: \(sizes.count) objects, \(sizes.reduce(0, +) / count) B a proxy"
            )
        }
        // What one acknowledges is in one part.
        guard var changed = all.first else { return }
        changed.value.acknowledged = nil
        var other = all
        other[changed.key] = changed.value
        #expect(zip(parts.split(other), split).filter { $0 != $1 }.count == 1)
    }

    @Test("There are fewer parts again when most proxies have gone, and not at once when a few have")
    func shrinking() {
        var parts = ReplicaParts()
        _ = parts.split(Self.proxies(0..<5_000))
        #expect(parts.count == 8)
        _ = parts.split(Self.proxies(0..<2_000))
        #expect(parts.count == 8)
        _ = parts.split(Self.proxies(0..<1_999))
        #expect(parts.count == 4)
        _ = parts.split([:])
        #expect(parts.count == 1)
    }

    @Test("There are never more than sixty-four parts, and a quarter of a million proxies find room in them")
    func bound() throws {
        var parts = ReplicaParts()
        let split = parts.split(Self.proxies(0..<250_000))
        #expect(split.count == 64)
        #expect(try Self.text(split.max { $0.count < $1.count } ?? [:]).utf8.count < 800 << 10)
    }

    @Test("A report says the same after it was written and read, also of what is told once for many")
    func roundTrip() throws {
        let all = Self.proxies(0..<500) { number in number % 3 == 0 ? [Self.refusal(number % 2)] : [] }
        let text = try ReplicaReport(all, .head(trust: .init(epoch: 3, signer: "s"), server: "r"), run: "x").text()
        let read = try ReplicaReport(text: text)
        #expect(read.connected == all)
        #expect(read.trust == .init(epoch: 3, signer: "s"))
        #expect(read.server == "r")
        #expect(try read.text() == text)
    }

    @Test("Refusals have room in a part as long as there is; a proxy whose refusal has none counts as one behind")
    func manyRefusals() throws {
        let common = Self.refusal(-1)
        let all = Self.proxies(0..<1_000) { number in number % 2 == 0 ? [common, Self.refusal(number)] : [common] }
        let text = try Self.text(all)
        #expect(text.utf8.count < 512 << 10)
        let read = try ReplicaReport(text: text).connected
        #expect(read.count == 1_000)
        #expect(read.values.allSatisfy { $0.refusals.contains(common) }, "what most refuse comes first")
        let whole = read.filter { $0.value == all[$0.key] }
        #expect(whole.count > 700 && whole.count < 1_000)
        #expect(read.filter { whole[$0.key] == nil }.values.allSatisfy { $0.acknowledged == nil })
    }

    @Test("The report of a replica of a former release is read")
    func former() throws {
        // As the first release wrote it.
        let text = """
            {"proxies":[{"epoch":2,"issuer":"i","pod":"shop/web-1","refuses":[0],"server":"r","since":7,"uid":"u1",\
            "view":"00ff"},{"pod":"shop/web-2","since":8,"uid":"u2"}],"refusals":[{"isAlone":true,"name":"n",\
            "origins":[],"reason":"no","type":"type.googleapis.com/envoy.config.route.v3.RouteConfiguration",\
            "variant":"v","version":"1"}],"server":"r","trust":{"epoch":2,"signer":"i"}}
            """
        let report = try ReplicaReport(text: text)
        let (first, second) = (
            report.connected[ProxyID(pod: ObjectName(namespace: "shop", name: "web-1"), uid: "u1")],
            report.connected[ProxyID(pod: ObjectName(namespace: "shop", name: "web-2"), uid: "u2")]
        )
        #expect(first?.acknowledged == ViewDigest("00ff"))
        #expect(first?.trust == ProxyTrust(epoch: 2, issuer: "i"))
        #expect(first?.refusals.map(\.reason) == ["no"])
        #expect(first?.serverRoot == "r")
        #expect(second == .init(since: Timestamp(seconds: 8), acknowledged: nil))
        var register = ReplicaRegister(patience: .seconds(15))
        for version in ["1", "2"] { #expect(register.take([("old", version, text)], at: .zero).isEmpty) }
        #expect(register.proxies(at: .zero).count == 2)
        #expect(register.participants(at: .zero).map(\.epoch) == [2])
    }

    @Test("A replica of a former release can read what is told, but for how far each proxy is: it counts as behind")
    func forward() throws {
        struct Former: Decodable {
            struct Proxy: Decodable {
                let pod: String
                let uid: String
                let since: Int64
                let view: String?
                let epoch: Int64?
            }
            let proxies: [Proxy]
            let refusals: [ReplicaReport.Refused]
            let trust: ReplicaReport.Trust?
        }
        let text = try ReplicaReport(
            Self.proxies(0..<3), .head(trust: .init(epoch: 3, signer: "s"), server: "r"), run: "x"
        ).text()
        let former = try JSONDecoder().decode(Former.self, from: Data(text.utf8))
        #expect(former.proxies.map(\.since) == [1_790_000_000, 1_790_000_001, 1_790_000_002])
        #expect(former.proxies.allSatisfy { $0.view == nil && $0.epoch == nil })
        #expect(former.trust?.epoch == 3)
    }

    @Test("Parts count while the first object of the same process is renewed; they are no replicas of their own")
    func register() throws {
        let (some, others) = (Self.proxies(0..<10), Self.proxies(10..<20))
        func head(_ run: String) throws -> String {
            try ReplicaReport(some, .head(trust: .init(epoch: 3, signer: "s"), server: "r"), run: run).text()
        }
        let part = try ReplicaReport(others, .part(ofHead: "one"), run: "x").text()
        var register = ReplicaRegister(patience: .seconds(15))
        #expect(register.take([("one", "1", try head("x")), ("one.1", "2", part)], at: .zero).isEmpty)
        #expect(register.proxies(at: .zero).isEmpty)
        #expect(register.take([("one", "3", try head("x")), ("one.1", "2", part)], at: .seconds(5)).isEmpty)
        #expect(register.proxies(at: .seconds(5)).count == 20)
        #expect(register.names(at: .seconds(5)) == ["one"])
        #expect(register.participants(at: .seconds(5)).map(\.name) == ["one"])
        #expect(register.servers(at: .seconds(5)) == ["one": "r"])
        // The part stands for hours, as long as the head is renewed.
        var now = Duration.seconds(5)
        for version in 4..<1_000 {
            now += .seconds(5)
            #expect(register.take([("one", "\(version)", try head("x")), ("one.1", "2", part)], at: now).isEmpty)
        }
        #expect(register.proxies(at: now).count == 20)
        #expect(register.abandoned(at: now).isEmpty)
        // Another process of the same name: what the former one left is nobody's, and goes in the end.
        #expect(register.take([("one", "x", try head("y")), ("one.1", "2", part)], at: now).isEmpty)
        #expect(register.proxies(at: now).count == 10)
        #expect(register.abandoned(at: now) == ["one.1"])
        // A part alone says nothing.
        #expect(register.take([("one.1", "2", part)], at: now).isEmpty)
        #expect(register.proxies(at: now).isEmpty)
        #expect(register.take([("one", "z", try head("x")), ("one.1", "2", part)], at: now).isEmpty)
        #expect(register.proxies(at: now + .seconds(15)).isEmpty)
    }
}
