import Testing
import XDSCache

@Suite("xDS rules 9 to 11: wildcards, phantoms, duplicates")
struct SubscriptionRuleTests {
    @Test(
        "rule 9: a star and an empty first subscription mean the same, of clusters and of listeners",
        arguments: ProxyStream.Variant.allCases)
    func wildcards(variant: ProxyStream.Variant) async throws {
        try await RunningController.with(WatchedMesh.files) { running in
            for type in [ResourceType.cluster, .listener] {
                var views: [[String]] = []
                for names in [[], ["*"]] {
                    let answer = try await running.watch(variant) { proxy in
                        try await proxy.ask(type, names)
                        let answer = try await proxy.take()
                        #expect(try await proxy.rest().isEmpty)
                        return answer
                    }
                    views.append(answer.names)
                }
                #expect(views[0] == views[1] && !views[0].isEmpty)
            }
        }
    }

    @Test(
        "rule 9: of other types an empty first subscription means none",
        arguments: ProxyStream.Variant.allCases)
    func noWildcard(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.with(variant) { _, proxy in
            for type in [ResourceType.endpoints, .route, .extension] {
                try await proxy.ask(type)
                #expect(try await proxy.rest().allSatisfy { $0.names.isEmpty && $0.removed.isEmpty })
            }
        }
    }

    @Test(
        "rule 9: once a name was named, no name means none", arguments: ProxyStream.Variant.allCases)
    func namedThenEmpty(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.with(variant) { running, proxy in
            try await proxy.ask(.cluster, [WatchedMesh.called])
            #expect(try await proxy.take().names == [WatchedMesh.called])
            try await proxy.ask(.cluster, dropping: [WatchedMesh.called])
            // In whole sets the request without names is this; in differences one that says nothing.
            try await proxy.ask(.cluster)
            #expect(try await proxy.rest().allSatisfy { $0.names.isEmpty })
            try await running.publish("setting.yaml", WatchedMesh.setting(20))
            #expect(try await proxy.rest().isEmpty)
            // A name again, and then the star again.
            try await proxy.ask(.cluster, [WatchedMesh.called])
            #expect(try await proxy.take().names == [WatchedMesh.called])
            try await proxy.ask(.cluster, ["*"])
            #expect(try await proxy.settle().flatMap(\.names).contains("shop/s0003|8080"))
        }
    }

    @Test(
        "rule 9: a wildcard that is dropped leaves the names that were named beside it",
        arguments: ProxyStream.Variant.allCases)
    func dropped(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.with(variant) { running, proxy in
            try await proxy.ask(.cluster, ["*", "shop/s0002|8080"])
            _ = try await proxy.settle()
            try await proxy.ask(.cluster, dropping: ["*"])
            _ = try await proxy.settle()
            try await running.publish("setting.yaml", WatchedMesh.setting(30))
            #expect(try await proxy.rest().isEmpty, "the cluster of service 1 is not followed any more")
            let other = WatchedMesh.setting(30).replacing("s0001", with: "s0002").replacing("setting,", with: "other,")
            try await running.publish("other.yaml", other)
            #expect(try await proxy.take().names == ["shop/s0002|8080"])
        }
    }

    @Test(
        "rule 9, differences: a name that is dropped while the star is held is answered: the resource, or removed"
    )
    func droppedUnderWildcard() async throws {
        try await WatchedMesh.with(.delta) { _, proxy in
            try await proxy.ask(.cluster, ["*", WatchedMesh.called, "nowhere"])
            let first = try await proxy.settle()
            #expect(first.flatMap(\.removed) == ["nowhere"])
            try await proxy.ask(.cluster, dropping: [WatchedMesh.called, "nowhere"])
            let answers = try await proxy.settle()
            #expect(answers.filter { $0.type == .cluster }.flatMap(\.names) == [WatchedMesh.called])
            #expect(answers.flatMap(\.removed) == ["nowhere"])
        }
    }

    @Test("rule 9, whole sets: a name that is dropped while the star is held stays in the sets")
    func droppedUnderWildcardOfWholeSets() async throws {
        try await WatchedMesh.with(.stateOfTheWorld) { running, proxy in
            try await proxy.ask(.cluster, ["*", WatchedMesh.called])
            _ = try await proxy.settle()
            try await proxy.ask(.cluster, dropping: [WatchedMesh.called])
            for answer in try await proxy.settle() where answer.type == .cluster {
                #expect(answer.names.contains(WatchedMesh.called))
            }
            try await running.publish("setting.yaml", WatchedMesh.setting(40))
            #expect(try await proxy.take().names.contains(WatchedMesh.called))
        }
    }

    @Test(
        "rule 10: to drop what was never subscribed to harms nothing", arguments: ProxyStream.Variant.allCases)
    func phantom(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { running, proxy in
            for type in [ResourceType.cluster, .endpoints, .listener, .route] {
                try await proxy.ask(type, dropping: ["never", "never", "shop/never|1"])
            }
            try await proxy.ask(.endpoints, dropping: ["*"])
            try await proxy.ask(.extension, dropping: ["never"])
            for answer in try await proxy.settle() { #expect(answer.names.isEmpty && answer.removed.isEmpty) }
            try await running.editSplit(5)
            #expect(try await proxy.take().summary == "RouteConfiguration \(WatchedMesh.split)")
            try await running.publish("slice-1.yaml", WatchedMesh.mesh.slice(1, isReady: false))
            #expect(try await proxy.take().names == [WatchedMesh.called])
            try await running.publish("setting.yaml", WatchedMesh.setting(50))
            #expect(try await proxy.take().names.contains(WatchedMesh.called))
        }
    }

    @Test(
        "rule 11: no response holds a name twice, or as there and removed, whatever is asked for twice",
        arguments: ProxyStream.Variant.allCases)
    func duplicates(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { running, proxy in
            let twice = [WatchedMesh.further.cluster, WatchedMesh.further.cluster]
            try await proxy.ask(.endpoints, twice)
            try await proxy.ask(.cluster, ["*", WatchedMesh.called, WatchedMesh.called, "*"])
            try await proxy.ask(.route, [WatchedMesh.split, WatchedMesh.split])
            _ = try await proxy.settle()
            for round in 1...3 {
                try await running.publishFurther(round % 2 == 1)
                try await running.editSplit(round)
                try await running.publish("setting.yaml", WatchedMesh.setting(60 + round))
                let answers = try await proxy.rest()
                // One is refused: its parts are sent again.
                for answer in answers where answer.type != .cluster { try await proxy.acknowledge(answer) }
                for answer in answers where answer.type == .cluster { try await proxy.refuse(answer, "no") }
                _ = try await proxy.settle()
            }
            for answer in proxy.answers {
                let names = answer.names + answer.removed
                #expect(Set(names).count == names.count, "\(answer.summary)")
            }
            #expect(proxy.answers.count > 10)
        }
    }
}
