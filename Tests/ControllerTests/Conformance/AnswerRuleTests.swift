import EnvoyAPI
import SwiftProtobuf
import TestInstruments
import Testing
import XDSCache

/// Rules of the xDS protocol on the assembled controller, each request by hand.
///
/// Protocol.md of the documentation has the table; they are those of Envoy's `docs/root/api-docs/xds_protocol.rst`.
@Suite("xDS rules 1 to 4: answers, nonces, the node, versions")
struct AnswerRuleTests {
    @Test(
        "rule 1: what has an error detail is a refusal, and what has none is not, whatever versions they name",
        arguments: ProxyStream.Variant.allCases)
    func refusal(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.with(variant) { running, proxy in
            try await proxy.ask(.cluster)
            let first = try await proxy.next()
            #expect(first.entries.count > 1)
            try await proxy.ask(
                .cluster, nonce: first.nonce, refusal: Google_Rpc_Status(), version: first.version)
            let part = try await proxy.next()
            #expect(part.type == .cluster && part.nonce != first.nonce)
            #expect(!part.entries.isEmpty && part.entries.count < first.entries.count, "a part is tried alone")
            #expect(running.log.lines("update refused").count == 1)
            try await proxy.ask(.cluster, nonce: part.nonce, version: "of long ago")
            let second = try await proxy.next()
            try await proxy.ask(.cluster, nonce: second.nonce)
            #expect(try await proxy.rest().isEmpty)
            #expect(Set(part.names).union(second.names) == Set(first.names))
            #expect(running.log.lines("update refused").count == 1)
        }
    }

    @Test(
        "rule 1: until a response is answered no other of its type is sent, then the latest; other types go on",
        arguments: ProxyStream.Variant.allCases)
    func oneUnderWay(variant: ProxyStream.Variant) async throws {
        try await WatchedMesh.settled(variant) { running, proxy in
            try await running.editSplit(1)
            let first = try await proxy.next()
            #expect(first.summary == "RouteConfiguration \(WatchedMesh.split)")
            try await running.editSplit(2)
            try await running.publish("setting.yaml", WatchedMesh.setting(10))
            try await running.editSplit(3)
            let meanwhile = try await proxy.rest()
            #expect(meanwhile.contains { $0.type == .cluster && $0.names.contains(WatchedMesh.called) })
            #expect(!meanwhile.contains { $0.type == .route && $0.names.contains(WatchedMesh.split) })
            try await proxy.acknowledge(first)
            let after = try await proxy.rest().filter { $0.type == .route }
            #expect(after.count == 1)
            let latest = try #require(after.first?.entries.first { $0.name == WatchedMesh.split })
            for answer in meanwhile + after { try await proxy.acknowledge(answer) }
            _ = try await proxy.settle()
            // Who asks again is sent the same: it was the latest.
            try await proxy.ask(.route, dropping: [WatchedMesh.split])
            try await proxy.ask(.route, [WatchedMesh.split])
            let again = try await proxy.rest().flatMap(\.entries)
            #expect(again.first { $0.name == WatchedMesh.split }?.body == latest.body)
        }
    }

    @Test(
        "rule 2: a nonce dies with its stream: on the next one it says nothing",
        arguments: ProxyStream.Variant.allCases)
    func nonceOfEarlierStream(variant: ProxyStream.Variant) async throws {
        try await RunningController.with(WatchedMesh.files) { running in
            let first = try await running.watch(variant) { proxy in
                try await proxy.ask(.cluster)
                return try await proxy.next()
            }
            try await running.watch(variant) { proxy in
                try await proxy.ask(.cluster, nonce: first.nonce, refusal: .with { $0.message = "late" })
                let again = try await proxy.next()
                #expect(again.type == .cluster)
                #expect(again.entries == first.entries)
                #expect(running.log.lines("update refused").isEmpty)
                try await proxy.acknowledge(again)
                #expect(try await proxy.rest().isEmpty)
            }
        }
    }

    @Test("rule 2, differences: a stale nonce answers nothing, and what it subscribes to counts")
    func staleNonceInDifferences() async throws {
        try await WatchedMesh.with(.delta) { running, proxy in
            let (one, other) = ("shop/s0001|8080", "shop/s0002|8080")
            try await proxy.ask(.endpoints, [one])
            let first = try await proxy.take()
            #expect(first.names == [one])
            // Nothing is under way: the answer comes at once.
            try await proxy.ask(.endpoints, [other], nonce: "never sent")
            let second = try await proxy.next()
            #expect(second.names == [other])
            // It is under way: neither refused nor acknowledged by the nonce of the one before it.
            try await proxy.ask(
                .endpoints, ["shop/s0003|8080"], dropping: [one], nonce: first.nonce,
                refusal: .with { $0.message = "stale" })
            #expect(try await proxy.rest().isEmpty)
            #expect(running.log.lines("update refused").isEmpty)
            try await proxy.acknowledge(second)
            #expect(try await proxy.take().names == ["shop/s0003|8080"])
            try await running.publish("slice-1.yaml", WatchedMesh.mesh.slice(1, isReady: false))
            #expect(try await proxy.rest().isEmpty, "it was dropped by the stale one")
        }
    }

    @Test("rule 2, whole sets: a request with a stale nonce is not answered; the one with the last nonce decides")
    func staleNonceInWholeSets() async throws {
        try await WatchedMesh.with(.stateOfTheWorld) { running, proxy in
            let (one, other) = ("shop/s0001|8080", "shop/s0002|8080")
            try await proxy.ask(.endpoints, [one])
            let first = try await proxy.take()
            try await running.publish("slice-1.yaml", WatchedMesh.mesh.slice(1, isReady: false))
            let second = try await proxy.next()
            #expect(second.names == [one] && second.nonce != first.nonce)
            // Written before the second response was read.
            try await proxy.ask(.endpoints, [other], nonce: first.nonce, refusal: .with { $0.message = "stale" })
            #expect(try await proxy.rest().isEmpty)
            #expect(running.log.lines("update refused").isEmpty)
            try await proxy.ask(.endpoints, dropping: [other], nonce: second.nonce)
            #expect(try await proxy.rest().isEmpty, "the last word is the first name alone")
            try await proxy.ask(.endpoints, [other])
            #expect(try await proxy.take().names.contains(other))
        }
    }

    @Test(
        "rule 3: the node is needed in no request but the first, and another one in a later request changes nothing",
        arguments: ProxyStream.Variant.allCases)
    func node(variant: ProxyStream.Variant) async throws {
        try await RunningController.with(WatchedMesh.files) { running in
            // Who asks is told by the token alone: without a node, with one, another's, a new one later.
            var views: [[WireProxy.Answer.Entry]] = []
            for nodes in [
                ["", ""], ["mine", ""], ["pod-s0001/s0001", "pod-s0001/s0001"], ["mine", "pod-s0001/s0001"],
            ] {
                let view = try await running.watch(variant) { proxy in
                    try await proxy.ask(.cluster, node: nodes[0])
                    let clusters = try await proxy.take()
                    try await proxy.ask(.listener, node: nodes[1])
                    let listeners = try await proxy.take()
                    return clusters.entries + listeners.entries
                }
                views.append(view)
            }
            #expect(views.allSatisfy { $0 == views[0] && !$0.isEmpty })
        }
    }

    @Test("rule 4, differences: who comes back says what it has, and is sent nothing of that")
    func returning() async throws {
        let types: [ResourceType] = [.cluster, .endpoints, .listener, .route]
        try await RunningController.with(WatchedMesh.files) { running in
            let has = try await running.watch(.delta) { proxy in
                try await proxy.begin()
                return proxy.answers.reduce(into: [ResourceType: [String: String]]()) {
                    $0[$1.type, default: [:]].merge($1.versions) { $1 }
                }
            }
            #expect(types.allSatisfy { has[$0]?.isEmpty == false })
            try await running.editSplit(7)
            try await running.watch(.delta) { proxy in
                for type in types {
                    let versions = has[type] ?? [:]
                    let isWildcard = type == .cluster || type == .listener
                    try await proxy.ask(type, isWildcard ? [] : versions.keys.sorted(), has: versions)
                }
                let answers = try await proxy.settle()
                #expect(Set(answers.map(\.type)) == Set(types), "each is answered")
                let sent = answers.filter { !$0.entries.isEmpty }
                #expect(sent.map(\.summary) == ["RouteConfiguration \(WatchedMesh.split)"])
                #expect(answers.allSatisfy { $0.removed.isEmpty })
            }
        }
    }

    @Test("rule 4: versions belong to what they are of: equal on each stream, and another where something is changed")
    func versions() async throws {
        try await RunningController.with(WatchedMesh.files) { running in
            for variant in ProxyStream.Variant.allCases {
                let first = try await running.versions(variant)
                #expect(try await running.versions(variant) == first)
                try await running.editSplit(variant == .delta ? 11 : 12)
                let second = try await running.versions(variant)
                let changed = first.filter { second[$0.key] != $0.value }.keys
                // In whole sets a type has one version, in differences each resource.
                let name = variant == .delta ? WatchedMesh.split : ""
                #expect(Set(changed) == [ResourceName(.route, name)])
                #expect(first.count == second.count)
                // In a stream that goes on it is the same version as in one that begins.
                if variant == .stateOfTheWorld { #expect(first.values.allSatisfy { !$0.isEmpty }) }
            }
        }
    }
}

extension RunningController {
    /// All versions of a view, of a stream that begins.
    fileprivate func versions(_ variant: ProxyStream.Variant) async throws -> [ResourceName: String] {
        try await watch(variant) { proxy in
            try await proxy.begin()
            var versions: [ResourceName: String] = [:]
            for answer in proxy.answers where answer.type != .secret {
                if variant == .stateOfTheWorld { versions[ResourceName(answer.type, "")] = answer.version }
                for (name, version) in answer.versions where variant == .delta {
                    versions[ResourceName(answer.type, name)] = version
                }
            }
            return versions
        }
    }
}
