import Foundation
import GRPCCore
import MeshModel
import TestInstruments
import Testing
import XDSCache

@testable import XDSServer

@Suite("What a stream may ask at once, and in the long run")
struct RequestAllowanceTests {
    private let start = ContinuousClock.now

    /// How many requests are allowed, of a number that come at once.
    private func count(
        of requests: Int, bytes: Int = 100, _ allowance: inout RequestAllowance, at moment: ContinuousClock.Instant
    ) -> Int {
        var count = 0
        for _ in 0..<requests where allowance.take(bytes: bytes, at: moment) { count += 1 }
        return count
    }

    @Test("a burst, then as much as flows in, and never more than a burst")
    func burst() {
        var allowance = RequestAllowance()
        #expect(count(of: 20_000, &allowance, at: start) == RequestAllowance.burst)
        #expect(count(of: 10, bytes: 0, &allowance, at: start + .milliseconds(1)) == 0, "an empty request is one, too")
        #expect(count(of: 20_000, &allowance, at: start + .seconds(1)) == RequestAllowance.perSecond)
        #expect(count(of: 20_000, &allowance, at: start + .seconds(86_400)) == RequestAllowance.burst)
    }

    @Test("a proxy that asks no faster than the bucket fills may do so for ever")
    func steady() {
        var allowance = RequestAllowance()
        let pause = Duration.seconds(1) / RequestAllowance.perSecond
        var allowed = 0
        for number in 0..<100_000 { allowed += count(of: 1, &allowance, at: start + pause * number) }
        #expect(allowed == 100_000)
    }

    @Test("a large request counts for several", arguments: [(1, 1), (32 << 10, 1), (32 << 10 + 1, 2), (2 << 20, 64)])
    func sizes(bytes: Int, cost: Int) {
        var allowance = RequestAllowance()
        #expect(count(of: 20_000, bytes: bytes, &allowance, at: start) == RequestAllowance.burst / cost)
    }

    @Test("a request with many names counts for several")
    func names() {
        var allowance = RequestAllowance()
        var count = 0
        while allowance.take(names: 100_000) { count += 1 }
        #expect(count == RequestAllowance.burst / 100)
        let isTaken = allowance.take(names: RequestAllowance.namesPerRequest - 1)
        #expect(isTaken, "few cost nothing beside the request")
    }

    @Test("a clock that goes back fills nothing")
    func clock() {
        var allowance = RequestAllowance()
        #expect(count(of: 20_000, &allowance, at: start) == RequestAllowance.burst)
        for _ in 0..<2 { #expect(count(of: 1, &allowance, at: start - .seconds(60)) == 0) }
    }
}

extension MemoryTests {
    /// Streams of a bare server, at its limits of time.
    @Suite("Streams that hang", .serialized)
    struct HostileStreamTests {
        private let all = LayerID("all")

        /// Waits for a condition, for five minutes at most.
        private func until(_ what: String, _ condition: () -> Bool) async throws {
            let limit = ContinuousClock.now + .seconds(300)
            while !condition() {
                guard .now < limit else {
                    throw RunningController.NeverHappened(description: "five minutes before \(what)")
                }
                try await Task.sleep(for: .milliseconds(2))
            }
        }

        /// Fills the cache with what no window takes at once, for a proxy.
        private func fill(_ bare: BareServer, _ name: String) {
            let resources = ["a", "b"].map { BareServer.cluster($0, size: 1 << 20, 0) }
            bare.cache.publish(
                Publication(
                    resources: resources, layers: [all: resources.map(\.key)],
                    proxies: [BareServer.proxy(name): [all]],
                    identities: [BareServer.proxy(name): ServiceIdentity(namespace: "n", serviceAccount: name)]))
        }

        /// A stream that asks for everything, acknowledges what it never reads, and so has the server's writer hang.
        private func hang(_ bare: BareServer, _ name: String) async throws {
            try await bare.client(name).stream { writer in
                try await writer.write(HostileClient.request(TestProxy.cluster))
                // When the server has made a response is not known here, so each is acknowledged again and again; this
                // side takes ten before it reads no more.
                while true {
                    try await Task.sleep(for: .milliseconds(50))
                    for nonce in 1...20 {
                        try await writer.write(HostileClient.request(TestProxy.cluster, ["a"], nonce: "\(nonce)"))
                    }
                }
            } receive: { _ in
                try await Task.sleep(for: .seconds(600))
            }
        }

        private func isConnected(_ bare: BareServer, _ name: String) -> Bool {
            bare.cache.progress(of: BareServer.proxy(name))?.isConnected ?? false
        }

        @Test("one that opens and asks nothing ends with a reason")
        func silent() async throws {
            try await BareServer.with(patience: .seconds(1)) { bare in
                fill(bare, "silent")
                let status = try await bare.client("silent").status()
                #expect(status == .deadlineExceeded)
            }
        }

        @Test("one that takes nothing of what it was sent is closed, and counts no more")
        func stalled() async throws {
            try await BareServer.with(patience: .seconds(1)) { bare in
                fill(bare, "stalled")
                // More than a proxy may have: each must have gone before there is room for the others.
                for round in 1...3 {
                    await withTaskGroup(of: Void.self) { group in
                        for _ in 0..<AggregatedDiscovery.maximumStreams {
                            group.addTask { try? await hang(bare, "stalled") }
                        }
                        let wanted = round * AggregatedDiscovery.maximumStreams
                        try? await until("all are closed") {
                            bare.log.lines("stream closed: the proxy did not take").count >= wanted
                                && bare.log.lines("proxy disconnected").count >= wanted
                        }
                        group.cancelAll()
                    }
                }
                let streams = 3 * AggregatedDiscovery.maximumStreams
                #expect(bare.log.lines("proxy connected").count == streams)
                #expect(bare.log.lines("stream closed: the proxy did not take").count == streams)
                #expect(bare.log.lines("stream refused").isEmpty)
                #expect(!isConnected(bare, "stalled"))
            }
        }

        @Test("one whose pod goes, or gets another identity, ends though its writer hangs", arguments: [true, false])
        func goneWhileHanging(isGone: Bool) async throws {
            try await BareServer.with { bare in
                fill(bare, "gone")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try? await hang(bare, "gone") }
                    try await until("it is connected") { isConnected(bare, "gone") }
                    // Long enough that the writer hangs, by the requests that it was sent.
                    try await until("it was sent something") { !bare.log.lines("update acknowledged").isEmpty }
                    let proxy = BareServer.proxy("gone")
                    bare.cache.publish(
                        isGone
                            ? Publication(proxies: [proxy: nil])
                            : Publication(identities: [proxy: ServiceIdentity(namespace: "n", serviceAccount: "other")])
                    )
                    try await until("the session is over") { bare.log.lines("proxy disconnected").count == 1 }
                    #expect(bare.log.lines("proxy disconnected").first?.metadata["reason"]?.contains("pod") == true)
                    #expect(try await bare.client("gone").status() == .permissionDenied)
                    group.cancelAll()
                }
            }
        }

        @Test("one whose writer hangs does not keep the server from stopping")
        func shutdown() async throws {
            try await BareServer.with { bare in
                fill(bare, "stuck")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try? await hang(bare, "stuck") }
                    try await until("it was sent something") { !bare.log.lines("update acknowledged").isEmpty }
                    await bare.stop()
                    try await until("the server has stopped") { bare.hasEnded }
                    group.cancelAll()
                }
                #expect(bare.log.lines("proxy disconnected").count == 1)
            }
        }

        @Test("readers that take nothing cost no memory, and the proxy beside them gets every update")
        func slowReaders() async throws {
            let rounds = isSoak ? 300 : 100
            try await BareServer.with { bare in
                let (slow, small) = (LayerID("slow"), LayerID("small"))
                func update(_ round: Int) -> Publication {
                    let (large, little) = (
                        BareServer.cluster("a", size: 2 << 20, round), BareServer.cluster("own", size: 100, round)
                    )
                    return Publication(
                        resources: [large, little], layers: [slow: [large.key], small: [little.key]],
                        proxies: [BareServer.proxy("slow"): [slow], BareServer.proxy("good"): [small]])
                }
                bare.cache.publish(update(0))
                let good = TestProxy()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await good.run(port: bare.port, token: "good", rootsPEM: bare.rootsPEM) }
                    for _ in 0..<AggregatedDiscovery.maximumStreams {
                        group.addTask { try? await hang(bare, "slow") }
                    }
                    try await until("all are connected") {
                        bare.log.lines("proxy connected").count == AggregatedDiscovery.maximumStreams + 1
                    }
                    try await until("the first state is acknowledged") {
                        bare.cache.acknowledgedRevision(of: BareServer.proxy("good")) == 1
                    }
                    let before = try ResidentMemory.bytes()
                    let acknowledged = bare.log.count
                    for round in 1...rounds {
                        let revision = bare.cache.publish(update(round))
                        try await until("round \(round) is acknowledged") {
                            bare.cache.acknowledgedRevision(of: BareServer.proxy("good")) == revision
                        }
                    }
                    let growth = try ResidentMemory.bytes() - before
                    let updates = bare.log.lines("update acknowledged", from: acknowledged)
                        .filter { $0.metadata["proxy"] == "n/good" && $0.number("resources") == 1 }
                    #expect(updates.count == rounds)
                    #expect(isConnected(bare, "slow"))
                    // Kept for each it would be 800 MiB at least.
                    #expect(growth < 400 << 20)
                    print(
                        """
                        figure: \(AggregatedDiscovery.maximumStreams) readers that take nothing while \(rounds) updates of \
                        2 MiB are made for them: \(growth >> 20) MiB more resident, \(updates.count) of \(rounds) updates \
                        acknowledged by the proxy beside them
                        """)
                    group.cancelAll()
                }
            }
        }
    }
}
