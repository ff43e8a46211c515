import MeshModel
import Synchronization
import TestCluster
import Testing

@testable import KubernetesClient

@Suite("An election, on a real API server")
struct LeaderElectionTests {
    /// A candidate with a client of its own, and what it heard.
    private final class Candidate: Sendable {
        let election: LeaderElection
        let changes = Heard()

        init(_ client: KubernetesClient, _ lease: ObjectName, _ identity: String) {
            let heard = changes
            election = LeaderElection(
                client: client, lease: lease, identity: identity,
                timing: ElectionTiming(
                    leaseDuration: .seconds(3), renewDeadline: .seconds(2), retryPeriod: .milliseconds(200)),
                onChange: { heard.add($0) })
        }
    }

    private final class Heard: Sendable {
        private let storage = Mutex<[Bool]>([])
        var all: [Bool] { storage.withLock { $0 } }
        func add(_ isLeader: Bool) { storage.withLock { $0.append(isLeader) } }
    }

    private func wait(_ condition: () -> Bool) async throws {
        for _ in 0..<6000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        try #require(condition())
    }

    @Test("One of two leads; when it stops, the other takes over at once and the lease says so")
    func release() async throws {
        let cluster = try await TestCluster.shared()
        let lease = ObjectName(namespace: try await cluster.createNamespace("election"), name: "controller")
        try await cluster.withClient { client in
            let (first, second) = (Candidate(client, lease, "first"), Candidate(client, lease, "second"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                let task = Task { try await first.election.run() }
                try await wait { first.election.isLeader }
                group.addTask { try await second.election.run() }
                try await wait { second.election.holder == "first" }
                #expect(!second.election.isLeader)
                task.cancel()
                try await task.value
                #expect(first.changes.all == [true, false])
                #expect(!first.election.isLeader)
                let stored = try #require(try await client.get(.lease, lease, as: Lease.self)?.spec)
                // It was given up, or the other has it already.
                #expect(["", "second"].contains(stored.holderIdentity))
                // It leads a moment before it says so.
                try await wait { second.changes.all == [true] }
                #expect(second.election.isLeader)
                let taken = try #require(try await client.get(.lease, lease, as: Lease.self)?.spec)
                #expect(taken.holderIdentity == "second")
                #expect(taken.leaseTransitions == 1)
                #expect(taken.leaseDurationSeconds == 3)
                group.cancelAll()
            }
            let end = try #require(try await client.get(.lease, lease, as: Lease.self)?.spec)
            #expect(end.holderIdentity == "")
        }
    }

    @Test("A leader that stops gives the lease up, even in the middle of a renewal")
    func releaseAtAnyTime() async throws {
        let cluster = try await TestCluster.shared()
        let lease = ObjectName(namespace: try await cluster.createNamespace("election"), name: "controller")
        try await cluster.withClient { client in
            for round in 0..<20 {
                let election = LeaderElection(
                    client: client, lease: lease, identity: "replica-\(round)",
                    timing: ElectionTiming(retryPeriod: .milliseconds(1)))
                let task = Task { try await election.run() }
                try await wait { election.isLeader }
                try await Task.sleep(for: .milliseconds(.random(in: 0...30)))
                task.cancel()
                try await task.value
                #expect(!election.isLeader)
                let stored = try #require(try await client.get(.lease, lease, as: Lease.self)?.spec)
                #expect(stored.holderIdentity == "")
                #expect(stored.leaseTransitions == round)
            }
        }
    }

    @Test("A leader that loses the API server leads no more before another one does")
    func partition() async throws {
        let cluster = try await TestCluster.shared()
        let lease = ObjectName(namespace: try await cluster.createNamespace("election"), name: "controller")
        try await CuttingProxy.with(to: cluster) { proxy in
            var access = cluster.access
            access.server = proxy.server
            try await cluster.withClient(access) { cutOff in
                try await cluster.withClient { client in
                    try await cutLeaderOff(Candidate(cutOff, lease, "first"), Candidate(client, lease, "second"), proxy)
                }
            }
        }
    }

    private func cutLeaderOff(_ first: Candidate, _ second: Candidate, _ proxy: CuttingProxy) async throws {
        let overlaps = Heard()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await first.election.run() }
            try await wait { first.election.isLeader }
            group.addTask { try await second.election.run() }
            try await wait { second.election.holder == "first" }
            group.addTask {
                while !Task.isCancelled {
                    // Read in this order, so that a change between the two makes no false alarm.
                    let (isSecond, isFirst) = (second.election.isLeader, first.election.isLeader)
                    if isFirst && isSecond { overlaps.add(true) }
                    try? await Task.sleep(for: .milliseconds(1))
                }
            }
            try await proxy.block()
            try await wait { second.election.isLeader }
            #expect(!first.election.isLeader)
            try await wait { first.changes.all == [true, false] }
            proxy.unblock()
            try await wait { first.election.holder == "second" }
            #expect(!first.election.isLeader)
            #expect(overlaps.all.isEmpty)
            group.cancelAll()
        }
    }
}
