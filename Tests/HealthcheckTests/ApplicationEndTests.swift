import Testing

@testable import osm_healthcheck

@Suite("The end of a pod's applications", .timeLimit(.minutes(10)))
struct ApplicationEndTests {
    private static let quietTime = Duration.milliseconds(300)
    private static let interval = Duration.milliseconds(10)

    @Test("A socket that comes back within the quiet time begins it anew")
    func again() async throws {
        let sockets = PodSockets(0)
        let end = ApplicationEnd(quietTime: Self.quietTime, interval: Self.interval) { sockets.look() }
        try await withThrowingTaskGroup(of: ContinuousClock.Instant.self) { group in
            group.addTask {
                try await end.wait()
                return .now
            }
            try await until { sockets.looks >= 2 }
            sockets.set(1)
            let looks = sockets.looks
            try await until { sockets.looks >= looks + 100 }
            sockets.set(0)
            let ended = try #require(await group.next())
            #expect(sockets.busyAt.duration(to: ended) >= Self.quietTime)
        }
    }

    @Test("Who comes later waits for the quiet time, too")
    func late() async throws {
        let end = ApplicationEnd(quietTime: Self.quietTime, interval: Self.interval) { 0 }
        try await end.wait()
        let start = ContinuousClock.now
        try await end.wait()
        #expect(start.duration(to: .now) >= Self.quietTime)
    }

    @Test("All who wait share the looks, however many they are")
    func shared() async throws {
        let sockets = PodSockets(1)
        let end = ApplicationEnd(quietTime: Self.quietTime, interval: Self.interval) { sockets.look() }
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<300 { group.addTask { try? await end.wait() } }
            try await until { end.waiting == 300 && sockets.looks >= 30 }
            group.cancelAll()
        }
        #expect(end.waiting == 0)
        #expect(Double(sockets.looks) <= start.duration(to: .now) / Self.interval + 1)
    }
}
