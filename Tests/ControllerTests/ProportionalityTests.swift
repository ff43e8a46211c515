import Foundation
import MeshModel
import Synchronization
import TestInstruments
import Testing
import XDSCache

/// What an edit costs, from the saved file to the last acknowledgement, on the assembled controller.
@Suite("An edit of a manifest", .serialized)
struct ProportionalityTests {
    /// The cost of one edit.
    struct Cost: Equatable, CustomStringConvertible {
        var evaluations = 0
        var translated = 0
        var resources = 0
        /// Bytes of resources sent to each of the proxies, in the order of their pods in ``TestMesh/watched``.
        var bytes: [Int] = []

        var description: String {
            "\(evaluations) evaluations, \(translated) values translated, \(resources) resources, bytes to each proxy \(bytes)"
        }
    }

    /// The costs of the edits by name, in a mesh of a size.
    private func costs(services: Int) async throws -> [String: Cost] {
        let mesh = TestMesh(services: services)
        let costs = Costs()
        try await RunningController.with(mesh.files) { running in
            let names = mesh.watched.map(TestMesh.name)
            let proxies = names.map { TestProxy(nodeID: $0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, proxy) in zip(names, proxies) {
                    let token = try await running.token(of: name)
                    group.addTask {
                        try await proxy.run(
                            port: running.port, token: token, rootsPEM: running.rootsPEM)
                    }
                }
                let ids = names.map(running.proxy)
                try await running.settled(ids)
                let edits: [(String, String, String)] = [
                    ("TrafficSplit", "split.yaml", mesh.split(0, 100)),
                    ("HTTPRouteGroup", "routes-1.yaml", mesh.routes(1, "/books|/authors")),
                    ("EndpointSlice", "slice-1.yaml", mesh.slice(1, isReady: false)),
                    ("Retry", "retry.yaml", mesh.retry(attempts: 4)),
                    ("Egress", "egress.yaml", mesh.egress(["one.example", "two.example"])),
                ]
                for (edit, file, text) in edits {
                    let before = proxies.map(\.received.bytes)
                    let revision = running.cache.revision
                    let start = ContinuousClock.now
                    try running.save(file, text)
                    try await running.until("\(edit) is published") { running.cache.revision > revision }
                    try await running.settled(ids)
                    let time = start.duration(to: .now)
                    // It is told after it was published, and may be acknowledged before it is told.
                    try await running.until("\(edit) is told") {
                        running.log.lines("batch published").last?.number("batch.revision")
                            == Int(running.cache.revision)
                    }
                    let line = try #require(running.log.lines("batch published").last)
                    let cost = Cost(
                        evaluations: try #require(line.number("batch.evaluations")),
                        translated: try #require(line.number("batch.translated")),
                        resources: try #require(line.number("batch.resources")),
                        bytes: zip(proxies, before).map { $0.received.bytes - $1 })
                    costs.set(cost, for: edit)
                    print("figure: \(services) services, \(edit) saved to last ACK in \(time): \(cost)")
                }
                group.cancelAll()
            }
        }
        return costs.all
    }

    @Test("costs the same in a mesh of 100 services and in one of 2,000")
    func sameCost() async throws {
        let small = try await costs(services: 100)
        let large = try await costs(services: 2_000)
        #expect(small == large)
        #expect(small.count == 5)
        for (edit, cost) in small {
            #expect(cost.evaluations > 0, "\(edit)")
            #expect(cost.resources >= 1, "\(edit)")
        }
        let split = try #require(small["TrafficSplit"])
        #expect(split.translated == 1)
        #expect(split.resources == 1)
        #expect(split.bytes.allSatisfy { $0 > 0 && $0 < 1_000 })
        // Only the proxy of the pods that the group protects is sent something.
        let group = try #require(small["HTTPRouteGroup"])
        #expect(group.bytes.map { $0 > 0 } == [true, false, false, false])
        // A route configuration for each port that it names, for the proxies of its source only.
        let retry = try #require(small["Retry"])
        #expect(retry.translated == 2)
        #expect(retry.resources == 2)
        #expect(retry.bytes.map { $0 > 0 } == [false, true, false, false])
        // Only the proxies of its sources are sent the new host's cluster and the routes of the port; its listener and
        // the other host's cluster came out as they were.
        let egress = try #require(small["Egress"])
        #expect(egress.translated == 1)
        #expect(egress.resources == 4)
        #expect(egress.bytes.map { $0 > 0 } == [true, false, false, false])
    }
}

/// Collects costs across tasks.
private final class Costs: Sendable {
    private let state = Mutex<[String: ProportionalityTests.Cost]>([:])
    var all: [String: ProportionalityTests.Cost] { state.withLock { $0 } }
    func set(_ cost: ProportionalityTests.Cost, for edit: String) { state.withLock { $0[edit] = cost } }
}

extension RunningController {
    /// Waits until proxies have acknowledged all that is published.
    func settled(_ proxies: [ProxyID]) async throws {
        do {
            try await until("\(proxies) have acknowledged everything") {
                let revision = cache.revision
                return proxies.allSatisfy { cache.acknowledgedRevision(of: $0) == revision }
            }
        } catch {
            let lines = (log.lines("connection closed") + log.lines("proxy disconnected")).map(\.metadata)
            throw NeverHappened(
                description:
                    "\(error), at \(proxies.map { cache.acknowledgedRevision(of: $0) }) of \(cache.revision); \(lines)")
        }
    }
}
