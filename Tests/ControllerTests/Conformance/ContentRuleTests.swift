import Testing
import XDSCache

@Suite("xDS rules 5 to 8: what a response holds")
struct ContentRuleTests {
    @Test(
        "rule 5: what did not change is not sent, to nobody; and an acknowledgement leads to no response",
        arguments: ProxyStream.Variant.allCases)
    func unchanged(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { running, proxy in
            #expect(try await proxy.rest().isEmpty)
            try await running.editSplit(1)
            let edited = try await proxy.take()
            #expect(edited.summary == "RouteConfiguration \(WatchedMesh.split)")
            #expect(try await proxy.rest().isEmpty)
            // What another pod may call outside is nothing to this one.
            try await running.publish("egress.yaml", WatchedMesh.mesh.egress(["one.example", "two.example"]))
            #expect(try await proxy.rest().isEmpty)
            try await running.publish("slice-1.yaml", WatchedMesh.mesh.slice(1, isReady: false))
            #expect(try await proxy.take().summary == "ClusterLoadAssignment \(WatchedMesh.called)")
            // The same request again asks for nothing.
            if variant == .stateOfTheWorld {
                for type in [ResourceType.cluster, .endpoints, .listener, .route] { try await proxy.ask(type) }
            }
            #expect(try await proxy.rest().isEmpty)
        }
    }

    @Test(
        "rule 6: a name that is subscribed to newly is sent, though it did not change since it was sent before",
        arguments: ProxyStream.Variant.allCases)
    func again(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { _, proxy in
            for (type, name) in [(ResourceType.endpoints, WatchedMesh.called), (.route, WatchedMesh.split)] {
                let before = proxy.answers.flatMap(\.entries).last { $0.name == name }
                try await proxy.ask(type, dropping: [name])
                #expect(try await proxy.rest().isEmpty)
                try await proxy.ask(type, [name])
                let answer = try await proxy.take()
                #expect(answer.type == type)
                let entry = try #require(answer.entries.first { $0.name == name })
                #expect(entry.body == before?.body)
            }
            guard variant == .delta else { return }
            // By a name that the proxy has under the wildcard, too.
            try await proxy.ask(.cluster, [WatchedMesh.called])
            #expect(try await proxy.take().names == [WatchedMesh.called])
        }
    }

    @Test("rule 7, whole sets: clusters and listeners come in whole, and what is not among them is deleted")
    func wholeSets() async throws {
        try await WatchedMesh.settled(.stateOfTheWorld) { running, proxy in
            let before = try #require(proxy.answers.last { $0.type == .cluster }).names
            try await running.publishFurther(true)
            let added = try await proxy.settle()
            let clusters = try #require(added.last { $0.type == .cluster })
            #expect(clusters.names.sorted() == (before + [WatchedMesh.further.cluster]).sorted())
            let listeners = proxy.answers.filter { $0.type == .listener }
            #expect(listeners.allSatisfy { !$0.names.isEmpty })
            try await running.publishFurther(false)
            // It takes the delay of removals until the cluster goes.
            while true {
                let answer = try await proxy.take()
                if answer.type == .cluster, !answer.names.contains(WatchedMesh.further.cluster) {
                    #expect(answer.names.sorted() == before.sorted())
                    break
                }
            }
        }
    }

    @Test(
        "rule 7, whole sets: an empty set of clusters or listeners deletes all; of routes and endpoints none is sent")
    func empty() async throws {
        try await BareServer.with { bare in
            let types = [ResourceType.cluster, .endpoints, .listener, .route]
            bare.show(types.map { BareServer.message($0, "a") })
            try await bare.watch(.stateOfTheWorld) { proxy in
                for type in types {
                    try await proxy.ask(type, type == .cluster || type == .listener ? [] : ["a"])
                    #expect(try await proxy.take().names == ["a"])
                }
                #expect(try await proxy.rest().isEmpty)
                bare.show([])
                var emptied: [ResourceType] = []
                while emptied.count < 2 {
                    let answer = try await proxy.take()
                    #expect(answer.names.isEmpty)
                    emptied.append(answer.type)
                }
                #expect(emptied == [.listener, .cluster], "listeners at once, then what they may refer to")
                #expect(try await proxy.rest().isEmpty)
                // What comes back is sent.
                bare.show([BareServer.message(.endpoints, "a", 2), BareServer.message(.route, "a", 2)])
                #expect(try await proxy.settle().map(\.summary) == ["ClusterLoadAssignment a", "RouteConfiguration a"])
            }
        }
    }

    @Test("rule 8, differences: a name that does not exist is answered as removed, and sent when it comes to be")
    func absent() async throws {
        try await WatchedMesh.settled(.delta) { running, proxy in
            try await proxy.ask(.endpoints, [WatchedMesh.further.cluster])
            #expect(try await proxy.take().summary == "ClusterLoadAssignment -\(WatchedMesh.further.cluster)")
            try await proxy.ask(.cluster, ["nowhere"])
            #expect(try await proxy.take().summary == "Cluster -nowhere")
            try await running.publishFurther(true)
            let created = try await proxy.settle()
            #expect(created.contains { $0.type == .endpoints && $0.names == [WatchedMesh.further.cluster] })
            try await running.publishFurther(false)
            var removed: [ResourceType: [String]] = [:]
            while removed[.cluster] == nil || removed[.endpoints] == nil {
                let answer = try await proxy.take()
                if !answer.removed.isEmpty { removed[answer.type, default: []] += answer.removed }
            }
            #expect(removed[.cluster] == [WatchedMesh.further.cluster])
            #expect(removed[.endpoints] == [WatchedMesh.further.cluster])
        }
    }

    @Test("rule 8, whole sets: a name that does not exist is remembered, and sent when it comes to be")
    func absentFromWholeSets() async throws {
        try await WatchedMesh.settled(.stateOfTheWorld) { running, proxy in
            try await proxy.ask(.endpoints, [WatchedMesh.further.cluster])
            #expect(try await proxy.rest().allSatisfy { !$0.names.contains(WatchedMesh.further.cluster) })
            try await running.publishFurther(true)
            let created = try await proxy.settle()
            #expect(created.contains { $0.type == .endpoints && $0.names.contains(WatchedMesh.further.cluster) })
        }
    }

    @Test(
        "rule 8, by design not for routes and extensions: what does not exist is not called removed, and comes later",
        arguments: ProxyStream.Variant.allCases)
    func absentRoute(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { running, proxy in
            try await proxy.ask(.route, [WatchedMesh.further.route])
            try await proxy.ask(.extension, ["nowhere"])
            for answer in try await proxy.settle() { #expect(answer.names.isEmpty && answer.removed.isEmpty) }
            try await running.publishFurther(true)
            let created = try await proxy.settle()
            #expect(created.contains { $0.type == .route && $0.names == [WatchedMesh.further.route] })
            #expect(created.allSatisfy { $0.type != .extension || $0.removed.isEmpty })
        }
    }
}
