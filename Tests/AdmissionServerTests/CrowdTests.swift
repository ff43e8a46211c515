import AdmissionServer
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Observability
import Testing

@Suite("Webhooks and many large bodies", .timeLimit(.minutes(10)))
struct CrowdTests {
    private static let path = "/mutate-pod-creation"

    /// A good review of some size.
    private static func review(_ size: Int, namespace: String = "shop") -> ByteBuffer {
        let review = Review.pod(namespace: namespace)
        return ByteBuffer(string: review + String(repeating: " ", count: size - review.utf8.count))
    }

    private static func limits(bodies: Int) -> AdmissionLimits {
        var limits = AdmissionLimits()
        limits.bodies = bodies
        limits.uncounted = 50_000
        limits.connections.request = .seconds(60)
        return limits
    }

    @Test(
        "Bodies that wait for their answer leave too little for a large one, which is told so, but not for a small one")
    func waiting() async throws {
        let facts = TestFacts(late: ["late"])
        let webhook = Webhook.podCreation(TestMutation(), facts: facts)
        try await ServedWebhook.serving(webhook, limits: Self.limits(bodies: 300_000)) { webhook in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await webhook.ask(Self.path, .bytes(Self.review(200_000, namespace: "late"))).status
                    }
                }
                try await webhook.untilHolding(300_000)
                let large = try await webhook.ask(Self.path, .bytes(Self.review(50_001)))
                #expect(large.status == 503)
                #expect(try large.review.uid == "u-1")
                #expect(try large.review.status?.message.contains("try again") == true)
                #expect(try await webhook.ask(Self.path, .bytes(Self.review(50_000))).status == 200)
                facts.joined()
                for try await status in group { #expect(status == 200) }
            }
            try await webhook.untilHolding(0)
            #expect(try await webhook.ask(Self.path, .bytes(Self.review(350_000))).status == 200)
            #expect(try await webhook.ask(Self.path, .bytes(Self.review(350_001))).status == 503)
        }
    }

    @Test("Bodies that stop halfway keep nobody out: the largest is cut off for a smaller one, the others go on")
    func halfway() async throws {
        let webhook = Webhook.podCreation(TestMutation(), facts: TestFacts(), waitingAtMost: .zero)
        try await ServedWebhook.serving(webhook, limits: Self.limits(bodies: 800_000)) { webhook in
            let sizes = [140_000, 150_000, 150_000, 150_000, 150_000, 150_000, 150_000, 160_000]
            try await withThrowingTaskGroup(of: (size: Int, status: Int?).self) { group in
                var ends: [AsyncStream<ByteBuffer>.Continuation] = []
                for size in sizes {
                    let (parts, more) = AsyncStream.makeStream(of: ByteBuffer.self)
                    more.yield(Self.review(size))
                    ends.append(more)
                    group.addTask {
                        (size, try? await webhook.ask(Self.path, .stream(parts, length: .unknown)).status)
                    }
                }
                // All that there is.
                try await webhook.untilHolding(800_000)
                for _ in 0..<5 {
                    #expect(try await webhook.ask(Self.path, .bytes(Self.review(50_000))).status == 200)
                }
                #expect(try await webhook.ask(Self.path, .bytes(Self.review(210_001))).status == 503)
                try await webhook.untilHolding(800_000)
                #expect(try await webhook.ask(Self.path, .bytes(Self.review(120_000))).status == 200)
                let cutOff = try #require(await group.next())
                #expect(cutOff.size == 160_000)
                #expect(cutOff.status == nil)
                try await webhook.untilHolding(690_000)
                for end in ends { end.finish() }
                for try await rest in group { #expect(rest.status == 200) }
            }
            try await webhook.untilHolding(0)
        }
    }

    @Test("Who stops halfway is cut off after a while, and what it held is free again")
    func stopping() async throws {
        let webhook = Webhook.podCreation(TestMutation(), facts: TestFacts(), waitingAtMost: .zero)
        var limits = Self.limits(bodies: 300_000)
        limits.connections.request = .seconds(10)
        try await ServedWebhook.serving(webhook, limits: limits) { webhook in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                let (parts, more) = AsyncStream.makeStream(of: ByteBuffer.self)
                more.yield(Self.review(350_000))
                group.addTask { try? await webhook.ask(Self.path, .stream(parts, length: .unknown)).status }
                try await webhook.untilHolding(300_000)
                #expect(try await group.next() == .some(nil))
                withExtendedLifetime(more) {}
            }
            try await webhook.untilHolding(0)
            #expect(try await webhook.ask(Self.path, .bytes(Self.review(350_000))).status == 200)
        }
    }

    @Test("As many requests as there may be connections, each stopped halfway, keep nobody else out")
    func stopped() async throws {
        let webhook = Webhook.podCreation(TestMutation(), facts: TestFacts(), waitingAtMost: .zero)
        var limits = Self.limits(bodies: 300_000)
        limits.uncounted = 0
        limits.connections.count = 4
        try await ServedWebhook.serving(webhook, limits: limits) { webhook in
            let other = try ServedWebhook.client(trusting: webhook.authority)
            try await withThrowingTaskGroup(of: Int?.self) { group in
                var ends: [AsyncStream<ByteBuffer>.Continuation] = []
                for _ in 0..<4 {
                    let (parts, more) = AsyncStream.makeStream(of: ByteBuffer.self)
                    more.yield(Self.review(1000))
                    ends.append(more)
                    group.addTask { try? await webhook.ask(Self.path, .stream(parts, length: .unknown)).status }
                }
                try await webhook.untilHolding(4000)
                let request = HTTPClientRequest(url: "https://127.0.0.1:\(webhook.port)/healthz")
                let status = try? await other.execute(request, timeout: .seconds(30)).status.code
                #expect(status == 200)
                // One had to go.
                #expect(try await group.next() == .some(nil))
                for end in ends { end.finish() }
                for try await rest in group { #expect(rest == 200) }
            }
            try await other.shutdown()
        }
    }
}
