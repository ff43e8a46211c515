import MeshModel
import TestInstruments
import Testing

@testable import OwnedObjects

@Suite("What replicas tell each other of calls")
struct CallLedgerTests {
    private static let client = ServiceIdentity(namespace: "shop", serviceAccount: "client.v2")
    private static let other = ServiceIdentity(namespace: "clients", serviceAccount: "other")
    private static let web = ServicePort(service: ObjectName(namespace: "shop", name: "web"), port: 80)
    private static let echo = ServicePort(service: ObjectName(namespace: "shop", name: "echo"), port: 9000)

    /// The object that an identity is in.
    private static func object(
        _ version: String, _ calls: CallLedger.Calls, beside data: [String: String] = [:]
    ) -> CallObject {
        let number = CallText.shard(of: calls.keys.first ?? client)
        var entries = data
        for (identity, ports) in calls { entries[CallText.key(of: identity) ?? ""] = CallText.text(ports) }
        return CallObject(
            metadata: .init(name: CallText.name(number), namespace: "osm-system"), resourceVersion: version,
            data: entries)
    }

    @Test("Identities and service ports are read as they were written, and are sorted")
    func text() throws {
        let key = try #require(CallText.key(of: Self.client))
        #expect(key == "client.v2.shop")
        #expect(CallText.identity(of: key) == Self.client)
        #expect(CallText.text([Self.web, Self.echo]) == "shop/echo:9000\nshop/web:80\n")
        let read = CallText.ports(CallText.text([Self.web, Self.echo]))
        #expect(read.ports == [Self.web, Self.echo] && read.isWhole)
        #expect(CallText.key(of: .init(namespace: "n", serviceAccount: String(repeating: "a", count: 252))) == nil)
        #expect((0..<CallText.shards).map { CallText.shard(named: CallText.name($0)) } == Array(0..<CallText.shards))
        for name in ["osm-calls-16", "osm-calls--1", "osm-calls-01", "osm-calls-", "osm-replica-1"] {
            #expect(CallText.shard(named: name) == nil)
        }
    }

    @Test(
        "Lines that are none are passed over, the others hold",
        arguments: [
            "web:80", "shop/web", "shop/web:0", "shop/web:65536", "Shop/web:80", "shop/:80", "/web:80", "a/b/c:1", "{}",
        ])
    func lines(bad: String) {
        let read = CallText.ports("\(bad)\n\(Self.web)\n")
        #expect(read.ports == [Self.web] && !read.isWhole)
    }

    @Test("What is told is written once; what comes back of it is no news")
    func written() {
        var ledger = CallLedger()
        ledger.told(remembered: [Self.client: [Self.web]], forgotten: [:])
        #expect(ledger.isDue)
        let writes = ledger.writes(at: .zero)
        #expect(
            writes == [
                .init(
                    shard: CallText.shard(of: Self.client), resourceVersion: nil, isImmutable: false,
                    data: ["client.v2.shop": "shop/web:80\n"])
            ])
        #expect(ledger.writes(at: .seconds(1)).isEmpty, "it is under way")
        #expect(ledger.writes(at: .seconds(5)) == writes, "it may have got lost")
        #expect(ledger.writes(at: .seconds(14)).isEmpty, "and so seldom that it hurts nobody where nothing is heard")
        #expect(ledger.writes(at: .seconds(15)) == writes)
        #expect(ledger.observed(Self.object("1", [Self.client: [Self.web]])).news.isEmpty)
        #expect(!ledger.isDue && ledger.writes(at: .seconds(20)).isEmpty)
        ledger.told(remembered: [Self.client: [Self.web, Self.echo]], forgotten: [:])
        #expect(ledger.writes(at: .seconds(20)).map(\.resourceVersion) == ["1"])
    }

    @Test("What is not heard of is written ever less often, up to every five minutes or so")
    func blind() {
        var ledger = CallLedger()
        ledger.told(remembered: [Self.client: [Self.web]], forgotten: [:])
        let moments = (0..<3_600).filter { !ledger.writes(at: .seconds($0)).isEmpty }
        #expect(moments.prefix(5) == [0, 5, 15, 35, 75])
        #expect(zip(moments, moments.dropFirst()).map { $1 - $0 }.max() == 320)
    }

    @Test("What is forgotten while its write is under way is taken out once it arrives; if it does not, nothing is due")
    func forgottenUnderWay() {
        var ledger = CallLedger()
        ledger.told(remembered: [Self.client: [Self.web, Self.echo]], forgotten: [:])
        _ = ledger.writes(at: .zero)
        ledger.told(remembered: [:], forgotten: [Self.client: [Self.web]])
        #expect(ledger.writes(at: .seconds(1)).isEmpty)
        var refused = ledger
        #expect(ledger.observed(Self.object("1", [Self.client: [Self.web, Self.echo]])).news.isEmpty)
        #expect(ledger.writes(at: .seconds(1)).map(\.data) == [["client.v2.shop": "shop/echo:9000\n"]])
        #expect(ledger.observed(Self.object("2", [Self.client: [Self.echo]])).news.isEmpty && !ledger.isDue)
        // The same of an object that is there.
        ledger.told(remembered: [Self.client: [Self.web]], forgotten: [:])
        _ = ledger.writes(at: .seconds(2))
        ledger.told(remembered: [:], forgotten: [Self.client: [Self.web]])
        #expect(ledger.observed(Self.object("3", [Self.client: [Self.web, Self.echo]])).news.isEmpty)
        #expect(ledger.writes(at: .seconds(3)).map(\.data) == [["client.v2.shop": "shop/echo:9000\n"]])
        // Another replica was quicker.
        let other = ServicePort(service: ObjectName(namespace: "shop", name: "other"), port: 1)
        #expect(refused.observed(Self.object("1", [Self.client: [other]])).news.remembered == [Self.client: [other]])
        #expect(
            refused.writes(at: .seconds(1)).map(\.data) == [["client.v2.shop": "shop/echo:9000\nshop/other:1\n"]])
        // Without an object there is nothing to take out: none is made for that.
        var none = CallLedger()
        none.told(remembered: [Self.client: [Self.web]], forgotten: [:])
        _ = none.writes(at: .zero)
        none.told(remembered: [:], forgotten: [Self.client: [Self.web]])
        #expect(none.writes(at: .seconds(100)).isEmpty)
        // What is called after all stays.
        none.told(remembered: [Self.client: [Self.web]], forgotten: [:])
        #expect(none.observed(Self.object("1", [Self.client: [Self.web]])).news.isEmpty && !none.isDue)
    }

    @Test("An object that somebody made immutable is deleted, and made anew with all that it held")
    func immutable() throws {
        var ledger = CallLedger()
        let neighbour = try #require(
            (0..<1_000).map { ServiceIdentity(namespace: "clients-\($0)", serviceAccount: "client") }
                .first { CallText.shard(of: $0) == CallText.shard(of: Self.client) })
        let data = Self.object("1", [Self.client: [Self.web], neighbour: [Self.web, Self.echo]])
        _ = ledger.observed(
            CallObject(metadata: data.metadata, resourceVersion: "1", data: data.data, isImmutable: true))
        #expect(!ledger.isDue, "nobody has to write it")
        ledger.told(
            remembered: [Self.client: [Self.echo]], forgotten: [neighbour: [Self.echo]])
        let write = try #require(ledger.writes(at: .zero).first)
        #expect(write.isImmutable && write.resourceVersion == "1")
        ledger.willDelete(write.shard)
        #expect(ledger.removed(data.metadata.name).isEmpty, "what will be there again is not gone")
        let again = try #require(ledger.writes(at: .zero).first)
        #expect(again.resourceVersion == nil && !again.isImmutable)
        let key = try #require(CallText.key(of: neighbour))
        #expect(again.data == ["client.v2.shop": "shop/echo:9000\nshop/web:80\n", key: "shop/web:80\n"])
    }

    @Test("What another replica wrote is news, and is added to, not overwritten")
    func merged() {
        var ledger = CallLedger()
        ledger.told(remembered: [Self.client: [Self.web]], forgotten: [:])
        _ = ledger.writes(at: .zero)
        // The other was quicker: this write is refused.
        let news = ledger.observed(Self.object("7", [Self.client: [Self.echo]])).news
        #expect(news == .init(remembered: [Self.client: [Self.echo]]))
        let again = ledger.writes(at: .zero)
        #expect(again.map(\.resourceVersion) == ["7"])
        #expect(again.first?.data == ["client.v2.shop": "shop/echo:9000\nshop/web:80\n"])
    }

    @Test("What is forgotten is taken out; the rest of the entry, and other entries, stay")
    func forgotten() {
        var ledger = CallLedger()
        #expect(
            ledger.observed(Self.object("1", [Self.client: [Self.web, Self.echo]])).news.remembered
                == [Self.client: [Self.web, Self.echo]])
        ledger.told(remembered: [:], forgotten: [Self.client: [Self.web]])
        #expect(ledger.writes(at: .zero).first?.data == ["client.v2.shop": "shop/echo:9000\n"])
        #expect(ledger.observed(Self.object("2", [Self.client: [Self.echo]])).news.isEmpty)
        ledger.told(remembered: [:], forgotten: [Self.client: [Self.echo]])
        #expect(ledger.writes(at: .zero).first?.data == ["client.v2.shop": nil])
        #expect(ledger.observed(Self.object("3", [:], beside: [:])).news.isEmpty)
    }

    @Test("What somebody else takes out, or deletes, is told; said again, it is written again")
    func takenOut() {
        var ledger = CallLedger()
        _ = ledger.observed(Self.object("1", [Self.client: [Self.web, Self.echo]]))
        let edited = ledger.observed(Self.object("2", [Self.client: [Self.echo]])).news
        #expect(edited == .init(dropped: [Self.client: [Self.web]]))
        ledger.told(remembered: [Self.client: [Self.web, Self.echo]], forgotten: [:])
        #expect(ledger.writes(at: .zero).first?.data == ["client.v2.shop": "shop/echo:9000\nshop/web:80\n"])
        let name = CallText.name(CallText.shard(of: Self.client))
        #expect(ledger.removed(name) == .init(dropped: [Self.client: [Self.echo]]))
        ledger.told(remembered: [Self.client: [Self.web, Self.echo]], forgotten: [:])
        #expect(ledger.writes(at: .zero).map(\.resourceVersion) == [nil])
    }

    @Test("Entries that cannot be read are named, and say nothing")
    func unreadable() throws {
        var ledger = CallLedger()
        var stranger = Self.other
        while CallText.shard(of: stranger) == CallText.shard(of: Self.client) {
            stranger = ServiceIdentity(namespace: "clients", serviceAccount: stranger.serviceAccount + "x")
        }
        let result = ledger.observed(
            Self.object(
                "1", [Self.client: [Self.web]],
                beside: [
                    "README": "an aid", try #require(CallText.key(of: stranger)): "shop/web:80",
                ]))
        #expect(result.unreadable == ["README", try #require(CallText.key(of: stranger))].sorted())
        #expect(result.news == .init(remembered: [Self.client: [Self.web]]))
        let broken = Self.object("2", [:], beside: ["client.v2.shop": "shop/web:80\nnonsense\n"])
        #expect(ledger.observed(broken).unreadable == ["client.v2.shop"])
        #expect(!ledger.isDue)
        let same = Self.object("3", [:], beside: ["client.v2.shop": "shop/echo:80\nnonsense\n"])
        #expect(ledger.observed(same).unreadable.isEmpty, "it was said already")
        #expect(ledger.observed(Self.object("4", [Self.client: [Self.web]])).unreadable.isEmpty)
        #expect(ledger.observed(broken).unreadable == ["client.v2.shop"], "it was well meanwhile")
    }

    @Test("An object without room says so, and is full if it has none a while later; what is taken out makes room")
    func full() {
        var ledger = CallLedger()
        let many = (1...45_000).map {
            ServicePort(service: ObjectName(namespace: "shop", name: "service-\($0)"), port: 80)
        }
        let fitting = Set(many.prefix(35_000))
        _ = ledger.observed(Self.object("1", [Self.client: fitting]))
        ledger.told(remembered: [Self.client: Set(many)], forgotten: [:])
        let number = CallText.shard(of: Self.client)
        #expect(ledger.writes(at: .zero).isEmpty)
        #expect(ledger.cramped == [number] && ledger.full.isEmpty)
        #expect(ledger.writes(at: .seconds(1)).isEmpty && ledger.cramped == [number] && ledger.full.isEmpty)
        var relieved = ledger
        relieved.told(remembered: [:], forgotten: [Self.client: Set(many.prefix(20_000))])
        #expect(relieved.writes(at: .seconds(5)).count == 1)
        #expect(relieved.cramped.isEmpty && relieved.full.isEmpty, "it never counted as full")
        #expect(ledger.writes(at: .seconds(5)).isEmpty && ledger.full == [number])
        #expect(ledger.writes(at: .seconds(6)).isEmpty && ledger.full == [number])
        ledger.told(remembered: [:], forgotten: [Self.client: Set(many.prefix(20_000))])
        #expect(ledger.writes(at: .seconds(11)).count == 1)
        #expect(ledger.cramped.isEmpty && ledger.full.isEmpty)
    }

    @Test(
        "Of replicas that tell, forget and write at any moment, all end with the same: all that is in use",
        arguments: 0..<20)
    func law(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var store = CallStore()
        var replicas = (0..<3).map { _ in CallReplica() }
        var said: Set<CallReplica.Call> = []
        // Calls of identities that are gone, which replicas see at different moments.
        var gone: Set<CallReplica.Call> = []
        let haveCrashes = seed.isMultiple(of: 2)
        for moment in 1...400 {
            let index = Int.random(in: 0..<replicas.count, using: &random)
            switch Int.random(in: 0..<9, using: &random) {
            case 0...2:
                let call = CallReplica.Call.random(using: &random)
                guard !gone.contains(call) else { continue }
                said.insert(call)
                replicas[index].learn(call)
            case 3: replicas[index].hear(store, most: Int.random(in: 1...3, using: &random))
            case 4: store.damage(using: &random)
            case 5 where haveCrashes && Int.random(in: 0..<4, using: &random) == 0:
                // It starts anew, and knows nothing.
                replicas[index] = CallReplica()
            case 6:
                guard let call = said.union(gone).sorted().randomElement(using: &random) else { continue }
                if said.remove(call) != nil, Bool.random(using: &random) {
                    // It has just been written by somebody, perhaps, and nobody has heard of that.
                    for replica in replicas.indices { replicas[replica].write(to: &store, at: .seconds(moment)) }
                }
                gone.insert(call)
                replicas[index].forget(call)
            default: replicas[index].write(to: &store, at: .seconds(moment))
            }
            // A replica that starts anew may be the only one that knew: that is what a crash costs.
            if replicas[index].isNew {
                said = said.filter { call in store.holds(call) || replicas.contains { $0.knows(call) } }
            }
        }
        for moment in 0..<30 {
            for index in replicas.indices {
                replicas[index].hear(store, most: .max)
                // What somebody took up again since he had not heard of its end, the eight days end.
                if moment < 10 { for call in gone.sorted() { replicas[index].forget(call) } }
                replicas[index].write(to: &store, at: .seconds(1_000 + 10 * moment))
            }
        }
        for call in said { #expect(store.holds(call), "\(call) is lost") }
        for call in gone { #expect(!store.holds(call), "\(call) stays") }
        for replica in replicas {
            #expect(!replica.isDue)
            for call in said { #expect(replica.knows(call)) }
        }
    }
}
