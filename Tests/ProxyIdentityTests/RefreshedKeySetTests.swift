import Foundation
import ProxyIdentity
import Synchronization
import Testing

@Suite("Keys that the issuer serves", .timeLimit(.minutes(10)))
struct RefreshedKeySetTests {
    private let clock = FakeClock()
    private let failures = Failures()

    /// What requests failed of.
    private final class Failures: Sendable {
        let all = Mutex<[String]>([])
    }

    private func keySet(_ server: FakeServer, requestLimit: Duration = .seconds(300)) -> RefreshedKeySet {
        RefreshedKeySet(
            interval: .seconds(10), requestLimit: requestLimit, now: { [clock] in clock.now },
            onFailure: { [failures] error in failures.all.withLock { $0.append("\(error)") } }, fetch: server.get)
    }

    /// Lets a set fetch while a body runs.
    private func running(
        _ set: RefreshedKeySet, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await set.run() }
            defer { group.cancelAll() }
            group.addTask { try await body() }
            try await group.next()
        }
    }

    @Test("are fetched once, then known")
    func once() async throws {
        let server = FakeServer(keys: TestKey("a"), TestKey("b"))
        let set = keySet(server)
        try await running(set) { () async throws in
            for _ in 0..<5 { #expect(try await set.keys(refreshing: false).map(\.id) == ["a", "b"]) }
        }
        #expect(server.questions == 1)
    }

    @Test("are fetched by one request for all who wait, and who goes away does not end it")
    func shared() async throws {
        let server = FakeServer()
        let set = keySet(server)
        try await running(set) { () async throws in
            try await withThrowingTaskGroup(of: [String].self) { group in
                let (leaving, left) = AsyncStream.makeStream(of: Void.self)
                for task in 0..<20 {
                    group.addTask {
                        guard task == 0 else { return try await set.keys(refreshing: task % 2 == 1).map(\.id) }
                        // The first one that asks goes away.
                        let error = await #expect(throws: (any Error).self) {
                            try await withThrowingTaskGroup(of: Void.self) { inner in
                                inner.addTask { _ = try await set.keys(refreshing: false) }
                                for await _ in leaving { break }
                                inner.cancelAll()
                                try await inner.waitForAll()
                            }
                        }
                        #expect(error is CancellationError)
                        return ["a"]
                    }
                }
                try await eventually { server.questions == 1 }
                left.yield()
                #expect(try await group.next() == ["a"])
                server.reply(.success(FakeServer.document([TestKey("a")])))
                for try await ids in group { #expect(ids == ["a"]) }
            }
        }
        #expect(server.questions == 1)
    }

    @Test("are not fetched more often for all the unknown keys in the world")
    func flood() async throws {
        let server = FakeServer(keys: TestKey("a"))
        let set = keySet(server)
        @Sendable func all() async throws -> Set<[String]> {
            try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<200 { group.addTask { try await set.keys(refreshing: true).map(\.id) } }
                return try await group.reduce(into: []) { $0.insert($1) }
            }
        }
        try await running(set) { [clock] () async throws in
            #expect(try await set.keys(refreshing: false).map(\.id) == ["a"])
            server.answer(.success(FakeServer.document([TestKey("a"), TestKey("new")])))
            // A tenth of a second less than the interval in all.
            for _ in 0..<100 {
                #expect(try await set.keys(refreshing: true).map(\.id) == ["a"])
                clock.advance(by: .milliseconds(99))
            }
            #expect(server.questions == 1)
            clock.advance(by: .milliseconds(100))
            #expect(try await all() == [["a", "new"]])
            #expect(server.questions == 2)
            server.answer(.failure(FakeServer.Down()))
            clock.advance(by: .seconds(10))
            #expect(try await all() == [["a", "new"]])
            #expect(server.questions == 3)
        }
    }

    @Test("are kept where a request fails, whatever it fails of")
    func failing() async throws {
        let server = FakeServer(keys: TestKey("a"))
        let set = keySet(server)
        try await running(set) { [clock] () async throws in
            _ = try await set.keys(refreshing: false)
            for answer: Result<[UInt8], any Error> in [
                .failure(FakeServer.Down()), .success(Array("{".utf8)), .success(Array(#"{"keys":[]}"#.utf8)),
            ] {
                server.answer(answer)
                clock.advance(by: .seconds(10))
                #expect(try await set.keys(refreshing: true).map(\.id) == ["a"])
                #expect(try await set.keys(refreshing: false).map(\.id) == ["a"])
            }
        }
        #expect(server.questions == 4)
        let failed = failures.all.withLock { $0 }
        #expect(failed.count == 3)
        #expect(failed.first == "Down()")
        #expect(failed.dropFirst().allSatisfy { $0.hasPrefix("keySet: ") })
    }

    @Test("are missing where the first request fails; the next is made after a while")
    func unreachable() async throws {
        let server = FakeServer(.failure(FakeServer.Down()))
        let set = keySet(server)
        try await running(set) { [clock] () async throws in
            for refreshing in [false, true, false] {
                await #expect(throws: FakeServer.Down.self) { try await set.keys(refreshing: refreshing) }
            }
            #expect(server.questions == 1)
            server.answer(.success(FakeServer.document([TestKey("a")])))
            clock.advance(by: .seconds(10))
            #expect(try await set.keys(refreshing: false).map(\.id) == ["a"])
        }
        #expect(server.questions == 2)
    }

    @Test("are fetched anew once they are old, and nobody waits for it")
    func old() async throws {
        let server = FakeServer(keys: TestKey("a"))
        let set = keySet(server)
        try await running(set) { [clock] () async throws in
            _ = try await set.keys(refreshing: false)
            clock.advance(by: .seconds(3600))
            _ = try await set.keys(refreshing: false)
            #expect(server.questions == 1)
            server.answer(nil)
            clock.advance(by: .seconds(1))
            for _ in 0..<10 { #expect(try await set.keys(refreshing: false).map(\.id) == ["a"]) }
            try await eventually { server.questions == 2 }
            #expect(try await set.keys(refreshing: false).map(\.id) == ["a"])
            server.reply(.success(FakeServer.document([TestKey("b")])))
            var ids = ["a"]
            while ids == ["a"] {
                ids = try await set.keys(refreshing: false).map(\.id)
                await Task.yield()
            }
            #expect(ids == ["b"])
        }
        #expect(server.questions == 2)
    }

    @Test("are not waited for without end")
    func hanging() async throws {
        let server = FakeServer()
        let set = keySet(server, requestLimit: .milliseconds(50))
        try await running(set) { () async throws in
            let error = await #expect(throws: ProxyIdentityError.self) { try await set.keys(refreshing: false) }
            #expect(error?.code == .timeout)
        }
        #expect(server.questions == 1)
        #expect(server.cancelled == 1)
        // Where nothing runs, nothing is fetched.
        let idle = keySet(server, requestLimit: .milliseconds(50))
        let error = await #expect(throws: ProxyIdentityError.self) { try await idle.keys(refreshing: false) }
        #expect(error?.code == .timeout)
        #expect(server.questions == 1)
    }

    @Test("are still known when nothing fetches them any more")
    func stopped() async throws {
        let server = FakeServer(keys: TestKey("a"))
        let set = keySet(server)
        try await running(set) { _ = try await set.keys(refreshing: false) }
        clock.advance(by: .seconds(7200))
        #expect(try await set.keys(refreshing: true).map(\.id) == ["a"])
        #expect(try await set.keys(refreshing: false).map(\.id) == ["a"])
        #expect(server.questions == 1)
    }
}

@Suite("An issuer's name", .timeLimit(.minutes(10)))
struct LearntIssuerTests {
    private func issuers(_ document: Result<[UInt8], any Error>) async throws -> Set<String> {
        let learnt = LearntIssuer(fetch: FakeServer(document).get)
        return try await withThrowingTaskGroup(of: Set<String>?.self) { group in
            group.addTask {
                await learnt.run()
                return nil
            }
            group.addTask { try await learnt.issuers() }
            defer { group.cancelAll() }
            return try #require(try await group.next() ?? nil)
        }
    }

    @Test("is learnt from how the issuer describes itself")
    func learnt() async throws {
        let document = #"{"issuer":"https://kubernetes.default.svc","jwks_uri":"https://10.0.0.1/openid/v1/jwks"}"#
        #expect(try await issuers(.success(Array(document.utf8))) == ["https://kubernetes.default.svc"])
    }

    @Test(
        "is not known where the issuer does not say it",
        arguments: ["", "{}", "[]", #"{"issuer":""}"#, #"{"issuer":1}"#])
    func silent(document: String) async throws {
        let error = await #expect(throws: ProxyIdentityError.self) { try await issuers(.success(Array(document.utf8))) }
        #expect(error?.code == .issuersUnavailable)
        await #expect(throws: FakeServer.Down.self) { try await issuers(.failure(FakeServer.Down())) }
    }
}
