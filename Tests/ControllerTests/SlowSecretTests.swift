import Foundation
import MeshModel
import Synchronization
import TestInstruments
import Testing
import XDSCache

@testable import XDSServer

@Suite("A certificate that takes time")
struct SlowSecretTests {
    /// Serves proxies by the names of their pods.
    private static func with(
        _ names: [String],
        _ body: @escaping @Sendable (BareServer, SlowSecrets, [String: TestProxy]) async throws -> Void
    ) async throws {
        let secrets = SlowSecrets()
        try await BareServer.with(secrets: secrets) { bare in
            let cluster = BareServer.cluster("first", size: 100, 1)
            bare.cache.publish(
                Publication(
                    resources: [cluster], layers: [LayerID("all"): .some([cluster.key])],
                    proxies: Dictionary(
                        uniqueKeysWithValues: names.map { (BareServer.proxy($0), .some([LayerID("all")])) })))
            let proxies = Dictionary(uniqueKeysWithValues: names.map { ($0, TestProxy(nodeID: $0)) })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, proxy) in proxies {
                    group.addTask { try? await proxy.run(port: bare.port, token: name, rootsPEM: bare.rootsPEM) }
                }
                try await body(bare, secrets, proxies)
                group.cancelAll()
            }
            // Whoever goes does not wait any more.
            try await bare.until { _ in
                secrets.withdrawn.isSuperset(of: secrets.asked) && bare.figures["osm_xds_streams"] == 0
            }
        }
    }

    @Test("holds up nothing else of its proxy, no other proxy, and comes when it is there")
    func waiting() async throws {
        try await Self.with(["slow", "quick"]) { bare, secrets, proxies in
            let (slow, quick) = (try #require(proxies["slow"]), try #require(proxies["quick"]))
            try await bare.until { _ in slow.cluster("first") && quick.workload == "1" }
            try await bare.until { _ in secrets.asked == ["slow"] }
            // What is published meanwhile arrives.
            let second = BareServer.cluster("second", size: 100, 1)
            bare.cache.publish(Publication(resources: [second], layers: [LayerID("all"): .some([second.key])]))
            try await bare.until { _ in slow.cluster("second") && quick.cluster("second") }
            try await Task.sleep(for: .seconds(2.5))
            #expect(slow.workload == nil)
            #expect(slow.received.removed[TestProxy.secret]?.contains("workload") != true)
            // Looked at every second, asked once.
            #expect(secrets.asked == ["slow"])
            secrets.answer { .issued(SlowSecrets.secret("2"), renewal: .distantFuture) }
            try await bare.until { _ in slow.workload == "2" }
            #expect(secrets.asked == ["slow"])
        }
    }

    @Test("is asked for again when its issuer said, and neither before nor by a proxy that asks again")
    func unavailable() async throws {
        try await Self.with(["slow"]) { bare, secrets, proxies in
            let slow = try #require(proxies["slow"])
            try await bare.until { _ in secrets.asked.count == 1 }
            secrets.answer { .unavailable(retryAfter: .seconds(3600), reason: "it is away") }
            try await bare.until { _ in
                bare.log.lines("no certificate can be had; the proxy keeps what it has, and it is tried again").count
                    == 1
            }
            slow.subscribe(TestProxy.secret, ["workload"])
            try await Task.sleep(for: .seconds(2.5))
            #expect(secrets.asked.count == 1)
            // Another one signs: the wait was for the former one.
            secrets.sign("other")
            try await bare.until { _ in secrets.asked.count == 2 }
            secrets.answer { .unavailable(retryAfter: .zero, reason: "not yet") }
            try await bare.until { _ in secrets.asked.count >= 3 }
            secrets.answer { .issued(SlowSecrets.secret("3"), renewal: .distantFuture) }
            try await bare.until { _ in slow.workload == "3" }
            // It is told once that a proxy waits.
            #expect(
                bare.log.lines("no certificate can be had; the proxy keeps what it has, and it is tried again").count
                    == 1)
        }
    }

    @Test("that comes after another one has begun to sign is thrown away")
    func overtaken() async throws {
        try await Self.with(["slow"]) { bare, secrets, proxies in
            let slow = try #require(proxies["slow"])
            try await bare.until { _ in secrets.asked.count == 1 }
            secrets.sign("other")
            // The next look has noticed.
            try await Task.sleep(for: .seconds(2.5))
            secrets.answer { .issued(SlowSecrets.secret("late"), renewal: .distantFuture) }
            try await bare.until { _ in secrets.asked.count == 2 }
            #expect(slow.workload == nil)
            secrets.answer { .issued(SlowSecrets.secret("right"), renewal: .distantFuture) }
            try await bare.until { _ in slow.workload == "right" }
        }
    }

    @Test("that cannot be renewed stays as it is, and is renewed when its issuer is back")
    func renewal() async throws {
        try await Self.with(["slow"]) { bare, secrets, proxies in
            let slow = try #require(proxies["slow"])
            try await bare.until { _ in secrets.asked.count == 1 }
            // It is to be renewed at once.
            secrets.answer { .issued(SlowSecrets.secret("1"), renewal: .distantPast) }
            try await bare.until { _ in slow.workload == "1" && secrets.asked.count == 2 }
            secrets.answer { .unavailable(retryAfter: .seconds(1), reason: "it is away") }
            try await bare.until { _ in secrets.asked.count == 3 }
            #expect(slow.workload == "1")
            #expect(slow.received.removed[TestProxy.secret]?.contains("workload") != true)
            secrets.answer { .issued(SlowSecrets.secret("2"), renewal: .distantFuture) }
            try await bare.until { _ in slow.workload == "2" }
            #expect(secrets.asked.count == 3)
        }
    }
}

extension TestProxy {
    /// The version of its certificate.
    fileprivate var workload: String? { received.versions[Self.secret]?["workload"] }

    fileprivate func cluster(_ name: String) -> Bool { received.versions[Self.cluster]?[name] != nil }
}

/// Gives proxies called `quick` their secret at once, and others when a test says.
final class SlowSecrets: WorkloadSecretSource {
    private struct State {
        var signer = "first"
        var asked: [String] = []
        var withdrawn: Set<String> = []
        var waiting: [UInt64: CheckedContinuation<FetchedWorkloadSecret, Never>] = [:]
        var last: UInt64 = 0
    }

    private let state = Mutex(State())

    static func secret(_ version: String) -> Resource {
        Resource(key: ResourceKey(.workloadSecret), version: version, body: Array("secret \(version)".utf8))
    }

    var signer: String { state.withLock(\.signer) }
    /// Who was asked for, in order.
    var asked: [String] { state.withLock(\.asked) }
    var withdrawn: Set<String> { state.withLock(\.withdrawn) }

    func sign(_ signer: String) { state.withLock { $0.signer = signer } }

    /// Answers every question that waits.
    func answer(_ answer: () -> FetchedWorkloadSecret) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for turn in waiting { turn.resume(returning: answer()) }
    }

    func workloadSecret(for proxy: AuthenticatedProxy, currentVersion: String?) throws -> WorkloadSecretOffer {
        proxy.proxy.uid == "quick" ? .issued(Self.secret("1"), renewal: .distantFuture) : .elsewhere
    }

    func fetchWorkloadSecret(for proxy: AuthenticatedProxy) async -> FetchedWorkloadSecret {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                let isOver = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.asked.append(proxy.proxy.uid)
                    state.waiting[id] = turn
                    return false
                }
                if isOver { turn.resume(returning: .unavailable(retryAfter: .zero, reason: "over")) }
            }
        } onCancel: {
            let turn = state.withLock { $0.waiting.removeValue(forKey: id) }
            turn?.resume(returning: .unavailable(retryAfter: .zero, reason: "over"))
        }
    }

    func withdraw(_ proxy: AuthenticatedProxy) { state.withLock { _ = $0.withdrawn.insert(proxy.proxy.uid) } }
}
