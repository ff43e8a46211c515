import Foundation
import MeshModel
import ProxyIdentity
import Synchronization
import Testing

/// A reviewer that says what a test wants, and counts.
final class FakeReviewer: TokenReviewer {
    struct Down: Error {}

    struct State {
        var answer: Result<ReviewedToken?, any Error> = .success(ReviewedToken.good)
        var questions: [(token: String, audience: String)] = []
        var running = 0
        var mostRunning = 0
        /// Whether reviews wait until they are let go.
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    let state = Mutex(State())

    func review(token: String, audience: String) async throws -> ReviewedToken? {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                state.questions.append((token, audience))
                state.running += 1
                state.mostRunning = max(state.mostRunning, state.running)
                if state.isHeld { state.held.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
        return try state.withLock { state in
            state.running -= 1
            return try state.answer.get()
        }
    }

    /// Lets those go that wait.
    func letGo() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }
}

extension ReviewedToken {
    /// What the API server says of the token of the tests.
    static let good = ReviewedToken(
        username: "system:serviceaccount:shop:web", uid: "account-uid", audiences: ["osm-xds"],
        extra: [
            "authentication.kubernetes.io/pod-name": ["web-1"], "authentication.kubernetes.io/pod-uid": ["pod-uid"],
        ])

    /// The same with one thing changed.
    static func with(
        username: String = good.username, uid: String = good.uid, audiences: [String] = good.audiences,
        podName: String? = good.podName, podUID: String? = good.podUID
    ) -> ReviewedToken {
        var extra: [String: [String]] = ["other": []]
        extra["authentication.kubernetes.io/pod-name"] = podName.map { [$0] }
        extra["authentication.kubernetes.io/pod-uid"] = podUID.map { [$0] }
        return ReviewedToken(username: username, uid: uid, audiences: audiences, extra: extra)
    }
}

@Suite("Tokens that the API server reviews", .timeLimit(.minutes(10)))
struct TokenReviewTests {
    private let mesh = Mesh()
    private let reviewer = FakeReviewer()
    /// Signs what no known key signed.
    private let unknown = TestKey("unknown")

    private func verifier(
        keys: (any TokenKeySet)? = nil, reviewTime: Duration = .seconds(300),
        issuers: @escaping @Sendable () async throws -> Set<String> = { [TestClaims.issuer] }
    ) throws -> ProxyTokenVerifier {
        let keySet: any TokenKeySet = try keys ?? mesh.keySet()
        return ProxyTokenVerifier(
            issuers: issuers, keySet: keySet, directory: mesh.directory, reviewer: reviewer,
            reviewTime: reviewTime, patience: .seconds(5))
    }

    private func refusal(
        of token: String, by verifier: ProxyTokenVerifier? = nil
    ) async throws -> ProxyIdentityError.Code {
        let error = try await #require(throws: ProxyIdentityError.self) {
            try await (verifier ?? self.verifier()).verify(token, now: now)
        }
        for part in token.split(separator: ".") where part.count >= 8 { #expect(!"\(error)".contains(part.prefix(20))) }
        return error.code
    }

    private var questions: Int { reviewer.state.withLock { $0.questions.count } }

    @Test("are those of a key that is not known, also after a refresh")
    func unknownKey() async throws {
        let keys = CountingKeySet(try mesh.keySet())
        let token = try await unknown.sign()
        let proxy = try await verifier(keys: keys).verify(token, now: now)
        #expect(proxy.identity == Mesh.identity)
        #expect(proxy.pod == Mesh.pod)
        #expect(proxy.podUID == "pod-uid")
        #expect(proxy.expiry == now.addingTimeInterval(3600))
        #expect((keys.plain, keys.refreshes) == (1, 1))
        let asked = try #require(reviewer.state.withLock { $0.questions.first })
        #expect(asked.token == token)
        #expect(asked.audience == "osm-xds")
    }

    @Test("are those for which keys or issuers cannot be had")
    func keysUnavailable() async throws {
        let unreachable = CountingKeySet(try mesh.keySet(), isReachable: false)
        #expect(try await verifier(keys: unreachable).verify(try await mesh.key.sign(), now: now).pod == Mesh.pod)
        #expect(questions == 1)
        let anonymous = try verifier { throw CountingKeySet.Unreachable() }
        #expect(try await anonymous.verify(try await mesh.key.sign(), now: now).pod == Mesh.pod)
        #expect(questions == 2)
    }

    @Test("are never those that are known to be good or bad")
    func decided() async throws {
        #expect(try await verifier().verify(try await mesh.key.sign(), now: now).pod == Mesh.pod)
        #expect(try await refusal(of: try await TestKey("key-1").sign()) == .signature)
        #expect(
            try await refusal(of: try await mesh.key.sign(TestClaims().with { $0.exp = 1 })) == .expired)
        #expect(try await refusal(of: try await mesh.key.sign(TestClaims().with { $0.aud = ["x"] })) == .audience)
        #expect(try await refusal(of: try await mesh.key.sign(TestClaims().with { $0.iss = "x" })) == .issuer)
        #expect(
            try await refusal(of: try await mesh.key.sign(TestClaims().with { $0.binding?.pod?.uid = "x" }))
                == .replacedPod)
        let unsigned = token(header: #"{"alg":"none","kid":"unknown"}"#, claims: "{}") { _ in Data() }
        #expect(try await refusal(of: unsigned) == .algorithm)
        let shared = token(header: #"{"alg":"HS256","kid":"unknown"}"#, claims: "{}") { _ in Data("x".utf8) }
        #expect(try await refusal(of: shared) == .algorithm)
        #expect(questions == 0)
    }

    @Test("are not reviewed where what they say of themselves would be refused anyway")
    func hopeless() async throws {
        for change: @Sendable (inout TestClaims) -> Void in [
            { $0.exp = now.timeIntervalSince1970 }, { $0.aud = ["other"] }, { $0.binding = nil },
            { $0.binding?.pod = nil }, { $0.sub = "system:serviceaccount:shop:other" },
            { $0.nbf = now.timeIntervalSince1970 + 61 },
        ] {
            #expect(try await refusal(of: try await unknown.sign(TestClaims().with(change))) == .unknownKey)
        }
        #expect(questions == 0)
    }

    @Test("are bound to the pod and ServiceAccount that exist, as all others are")
    func bound() async throws {
        mesh.directory.state.withLock { $0.pods[Mesh.pod] = KnownPod(uid: "new-uid", identity: Mesh.identity) }
        #expect(try await refusal(of: try await unknown.sign()) == .replacedPod)
        mesh.directory.state.withLock { $0.pods = [:] }
        #expect(try await refusal(of: try await unknown.sign()) == .unknownPod)
        mesh.directory.state.withLock { state in
            state.pods[Mesh.pod] = KnownPod(uid: "pod-uid", identity: Mesh.identity)
            state.serviceAccounts = [Mesh.account: "new-uid"]
        }
        #expect(try await refusal(of: try await unknown.sign()) == .replacedServiceAccount)
    }

    @Test(
        "are believed where the server says less, as older ones do",
        arguments: [ReviewedToken.with(podName: nil, podUID: nil), .with(uid: ""), .with(podName: nil)])
    func terse(answer: ReviewedToken) async throws {
        reviewer.state.withLock { $0.answer = .success(answer) }
        #expect(try await verifier().verify(try await unknown.sign(), now: now).podUID == "pod-uid")
    }

    @Test(
        "are refused where the server says something else than they do",
        arguments: [
            ReviewedToken.with(username: "system:serviceaccount:shop:other"), .with(username: "web"),
            .with(username: ""), .with(uid: "other"), .with(podName: "web-2"), .with(podUID: "other"),
            .with(podUID: ""),
            .with(podName: nil, podUID: "other"),
        ])
    func different(answer: ReviewedToken) async throws {
        reviewer.state.withLock { $0.answer = .success(answer) }
        #expect(try await refusal(of: try await unknown.sign()) == .notAuthenticated)
    }

    @Test("are refused where the server does not believe them, or not for us")
    func refused() async throws {
        reviewer.state.withLock { $0.answer = .success(nil) }
        #expect(try await refusal(of: try await unknown.sign()) == .notAuthenticated)
        for audiences in [[], ["https://kubernetes.default.svc"], ["osm-xds2"]] {
            reviewer.state.withLock { $0.answer = .success(.with(audiences: audiences)) }
            #expect(try await refusal(of: try await unknown.sign()) == .audience)
        }
    }

    @Test("are refused where the server cannot be asked, and reviewed when it can")
    func unavailable() async throws {
        let verifier = try verifier()
        let token = try await unknown.sign()
        reviewer.state.withLock { $0.answer = .failure(FakeReviewer.Down()) }
        #expect(try await refusal(of: token, by: verifier) == .reviewUnavailable)
        reviewer.state.withLock { $0.answer = .success(.good) }
        #expect(try await verifier.verify(token, now: now).pod == Mesh.pod)
        #expect(questions == 2)
    }

    @Test("are reviewed once in some seconds, also where they are refused")
    func known() async throws {
        let verifier = try verifier()
        let (one, other) = (try await unknown.sign(), try await unknown.sign(TestClaims().with { $0.exp? += 1 }))
        for _ in 0..<10 { _ = try await verifier.verify(one, now: now) }
        #expect(questions == 1)
        reviewer.state.withLock { $0.answer = .success(nil) }
        for _ in 0..<10 { #expect(try await refusal(of: other, by: verifier) == .notAuthenticated) }
        #expect(questions == 2)
        // What is known of a token does not make its pod alive.
        mesh.directory.state.withLock { $0.pods = [:] }
        #expect(try await refusal(of: one, by: verifier) == .unknownPod)
        #expect(questions == 2)
    }

    @Test("are reviewed a few at a time; a flood is refused")
    func flood() async throws {
        let verifier = try verifier()
        reviewer.state.withLock { $0.isHeld = true }
        let count = 300
        let codes = try await withThrowingTaskGroup(of: ProxyIdentityError.Code?.self) { group in
            for number in 0..<count {
                group.addTask { [unknown] in
                    let token = try await unknown.sign(TestClaims().with { $0.exp? += Double(number) })
                    do {
                        _ = try await verifier.verify(token, now: now)
                        return nil
                    } catch let error as ProxyIdentityError {
                        return error.code
                    }
                }
            }
            // Four run and 256 wait: forty are refused at once, while none of the others has ended.
            var codes: [ProxyIdentityError.Code?] = []
            for _ in 0..<40 { codes.append(try await group.next() ?? nil) }
            #expect(codes.allSatisfy { $0 == .reviewUnavailable })
            #expect(questions == 4)
            reviewer.state.withLock { $0.isHeld = false }
            reviewer.letGo()
            for try await code in group { codes.append(code) }
            return codes
        }
        #expect(codes.count == count)
        #expect(codes.filter { $0 == nil }.count == 260)
        #expect(reviewer.state.withLock { $0.mostRunning } <= 4)
        #expect(questions == 260)
        // Nobody's place is lost.
        #expect(
            try await verifier.verify(try await unknown.sign(TestClaims().with { $0.exp? += 1e6 }), now: now).pod
                == Mesh.pod)
    }

    @Test("are given up by those who go away, and nobody after them waits for that")
    func leaving() async throws {
        let verifier = try verifier()
        reviewer.state.withLock { $0.isHeld = true }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask { [unknown] in
                    let token = try await unknown.sign(TestClaims().with { $0.exp? += Double(number) })
                    _ = try await verifier.verify(token, now: now)
                }
            }
            try await eventually { questions == 4 }
            let fifth = try await unknown.sign(TestClaims().with { $0.exp? += 5 })
            await #expect(throws: (any Error).self) {
                try await withThrowingTaskGroup(of: Void.self) { inner in
                    inner.addTask { _ = try await verifier.verify(fifth, now: now) }
                    inner.cancelAll()
                    try await inner.waitForAll()
                }
            }
            reviewer.state.withLock { $0.isHeld = false }
            reviewer.letGo()
            try await group.waitForAll()
        }
        #expect(questions == 4)
        #expect(try await verifier.verify(try await unknown.sign(), now: now).pod == Mesh.pod)
    }

    @Test("are given up after a time, by those who wait for their turn, too")
    func hanging() async throws {
        let verifier = try verifier(reviewTime: .milliseconds(100))
        reviewer.state.withLock { $0.isHeld = true }
        let (codes, letGo) = AsyncStream.makeStream(of: ProxyIdentityError.Code.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask { [unknown] in
                    let token = try await unknown.sign(TestClaims().with { $0.exp? += Double(number) })
                    let error = await #expect(throws: ProxyIdentityError.self) {
                        try await verifier.verify(token, now: now)
                    }
                    letGo.yield(error?.code ?? .malformed)
                }
            }
            // Four wait for a turn in vain; this reviewer does not even end when it is told to.
            var ended = 0
            for await code in codes {
                #expect(code == .reviewUnavailable)
                ended += 1
                if ended == 4 { reviewer.letGo() }
                if ended == 8 { break }
            }
            try await group.waitForAll()
        }
        #expect(questions == 4)
    }
}
