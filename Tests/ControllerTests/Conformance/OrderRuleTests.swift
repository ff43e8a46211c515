import EnvoyAPI
import Foundation
import Testing
import XDSCache

@Suite("xDS rules 12 to 16, and A46: order, time, ends")
struct OrderRuleTests {
    @Test(
        "rule 12: a changed cluster is followed by its unchanged endpoints, before it is acknowledged",
        arguments: ProxyStream.Variant.allCases)
    func warming(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { running, proxy in
            let before = proxy.answers.flatMap(\.entries).last { $0.name == WatchedMesh.called }
            for round in 1...2 {
                try await running.publish("setting.yaml", WatchedMesh.setting(70 + round))
                // Envoy acknowledges the cluster only when it is warm.
                let answers = try await proxy.rest()
                #expect(answers.map(\.type) == [.cluster, .endpoints])
                #expect(answers.first?.names.contains(WatchedMesh.called) == true)
                #expect(answers.last?.names.contains(WatchedMesh.called) == true)
                let entry = answers.last?.entries.first { $0.name == WatchedMesh.called }
                if round == 1 { #expect(entry?.body.isEmpty == false && before != nil) }
                for answer in answers.reversed() { try await proxy.acknowledge(answer) }
                #expect(try await proxy.rest().isEmpty)
            }
        }
    }

    @Test(
        "rule 13: clusters first, endpoints with them; what newly names a cluster only after its acknowledgement",
        arguments: ProxyStream.Variant.allCases)
    func making(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { running, proxy in
            try await proxy.ask(.route, [WatchedMesh.further.route])
            _ = try await proxy.settle()
            try await running.publishFurther(true)
            let first = try await proxy.rest()
            let cluster = try #require(first.first { $0.type == .cluster })
            #expect(cluster.names.contains(WatchedMesh.further.cluster))
            #expect(first.allSatisfy { !$0.mentions(WatchedMesh.further.cluster) || $0.type == .cluster })
            try await proxy.ask(.endpoints, [WatchedMesh.further.cluster])
            let second = try await proxy.rest()
            #expect(second.map(\.type) == [.endpoints], "not held for the cluster, which waits for them")
            for answer in second + first.filter({ $0.type != .cluster }) { try await proxy.acknowledge(answer) }
            #expect(try await proxy.rest().allSatisfy { !$0.mentions(WatchedMesh.further.cluster) })
            try await proxy.acknowledge(cluster)
            let third = try await proxy.rest()
            #expect(third.contains { $0.type == .route && $0.names == [WatchedMesh.further.route] })
            #expect(third.map(\.type) == third.map(\.type).sorted(), "listeners before routes")
        }
    }

    @Test(
        "rule 13: what nothing refers to any more is removed last, after the acknowledgement of what referred to it",
        arguments: ProxyStream.Variant.allCases)
    func breaking(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { running, proxy in
            try await running.publishFurther(true)
            var clusters = Set<String>()
            for answer in try await proxy.settle() where answer.type == .cluster { clusters.formUnion(answer.names) }
            #expect(clusters.contains(WatchedMesh.further.cluster))
            try await running.publishFurther(false)
            let first = try await proxy.rest()
            #expect(first.contains { $0.type == .listener })
            // The listener is not acknowledged: however long that takes, its cluster stays.
            try await Task.sleep(for: ProxyStream.removalDelay + .seconds(2))
            let second = try await proxy.rest()
            for answer in first + second {
                #expect(!answer.removed.contains(WatchedMesh.further.cluster))
                if variant == .stateOfTheWorld, answer.type == .cluster {
                    #expect(answer.names.contains(WatchedMesh.further.cluster))
                }
            }
            let acknowledged = ContinuousClock.now
            for answer in first + second { try await proxy.acknowledge(answer) }
            while true {
                let answer = try await proxy.take()
                guard answer.type == .cluster else { continue }
                if variant == .delta {
                    #expect(answer.removed == [WatchedMesh.further.cluster])
                } else {
                    #expect(!answer.names.contains(WatchedMesh.further.cluster) && !answer.names.isEmpty)
                }
                break
            }
            #expect(.now - acknowledged >= ProxyStream.removalDelay)
        }
    }

    @Test(
        "rule 14: the first request of each type is answered, whatever it asks for: no client gives up after 15 s",
        arguments: ProxyStream.Variant.allCases)
    func answered(variant: ProxyStream.Variant) async throws {
        try await RunningController.with(WatchedMesh.files) { running in
            for type in ResourceType.all {
                for names in [[], ["nowhere"]] {
                    // The secret that is the marker is asked for on a stream of its own.
                    let answers = try await running.watch(variant) { proxy in
                        try await proxy.ask(type, names)
                        return type == .secret ? [try await proxy.next()] : try await proxy.rest()
                    }
                    #expect(answers.map(\.type) == [type], "\(type) \(names)")
                }
            }
        }
    }

    @Test(
        "rule 15: nothing has a lifetime: what a proxy has stays while the controller is away, without heartbeats",
        arguments: ProxyStream.Variant.allCases)
    func lifetimes(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { running, proxy in
            try await running.publishFurther(true)
            try await running.editSplit(8)
            _ = try await proxy.settle()
            let entries = proxy.answers.flatMap(\.entries)
            #expect(entries.count > 10)
            #expect(entries.allSatisfy { !$0.hasLifetime })
        }
    }

    @Test(
        "rule 16: a controller that stops says so and takes nothing away; the one after it sends nothing again",
        arguments: ProxyStream.Variant.allCases)
    func stopping(variant: ProxyStream.Variant) async throws {
        try await ControllerProcess.with(WatchedMesh.files) { place in
            let first = try await place.start()
            let token = try await place.token(of: WatchedMesh.pod)
            let before = try await WireProxy.with(
                variant, port: first.port, rootsPEM: place.rootsPEM, token: token
            ) { proxy in
                try await proxy.begin()
                first.terminate()
                let ended = await #expect(throws: WireProxy.Ended.self) { _ = try await proxy.next() }
                #expect(ended?.status == WireCall.Status.unavailable)
                try await proxy.call.connection.untilClosed()
                #expect(proxy.call.connection.received.firstGoAway == 0)
                return proxy.answers
            }
            #expect(before.allSatisfy { $0.removed.isEmpty })
            await first.wait()
            let second = try await place.start()
            try await WireProxy.with(variant, port: second.port, rootsPEM: place.rootsPEM, token: token) { proxy in
                let clusters = try #require(before.last { $0.type == .cluster })
                try await proxy.ask(.cluster, has: clusters.versions, version: clusters.version)
                let again = try await proxy.take()
                if variant == .delta { #expect(again.summary == "Cluster") }
                // Whole sets come again, with the same version.
                #expect(again.version == clusters.version)
                #expect(try await proxy.rest().isEmpty)
            }
        }
    }

    @Test(
        "A46: a refused response may be in force in part: its good is sent again, the bad alone is left aside",
        arguments: ProxyStream.Variant.allCases)
    func partlyTaken(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.with(variant) { running, proxy in
            try await proxy.ask(.cluster)
            var answer = try await proxy.next()
            let all = Set(answer.names)
            var good: Set<String> = []
            while true {
                if answer.names.contains(WatchedMesh.called) {
                    try await proxy.refuse(answer, "Error adding/updating cluster(s) \(WatchedMesh.called): no")
                } else {
                    good.formUnion(answer.names)
                    try await proxy.acknowledge(answer)
                }
                guard let next = try await proxy.rest().first else { break }
                answer = next
            }
            #expect(good == all.subtracting([WatchedMesh.called]))
            let refusals = running.cache.progress(of: running.proxy(WatchedMesh.pod))?.refusals ?? []
            #expect(refusals.map(\.key.name.name) == [WatchedMesh.called])
            #expect(refusals.allSatisfy { $0.isAlone })
            // It is tried again when its bytes change.
            try await running.publish("setting.yaml", WatchedMesh.setting(80))
            let changed = try await proxy.take()
            #expect(changed.names.contains(WatchedMesh.called))
            #expect(try await proxy.rest().isEmpty)
            #expect(running.cache.progress(of: running.proxy(WatchedMesh.pod))?.refusals == [])
        }
    }

    @Test(
        "A46: what was refused and is gone is removed all the same, since the proxy may have it",
        arguments: ProxyStream.Variant.allCases)
    func refusedAndGone(variant: ProxyStream.Variant) async throws {
        try await BareServer.with { bare in
            let (one, other) = (BareServer.message(.cluster, "a"), BareServer.message(.cluster, "b"))
            bare.show([one, other])
            try await bare.watch(variant) { proxy in
                try await proxy.ask(.cluster)
                let first = try await proxy.next()
                #expect(first.names == ["a", "b"])
                bare.show([one], removed: [other.key])
                try await proxy.refuse(first, "no")
                let answers = try await proxy.settle()
                if variant == .delta { #expect(answers.flatMap(\.removed) == ["b"]) }
                #expect(answers.last { $0.type == .cluster }.map { $0.names.contains("b") } == false)
                #expect(answers.contains { $0.names.contains("a") })
            }
        }
    }
}

extension WireProxy.Answer {
    /// Whether the bytes of one of its resources hold a text.
    fileprivate func mentions(_ text: String) -> Bool {
        entries.contains { $0.name == text || $0.body.range(of: Data(text.utf8)) != nil }
    }
}
