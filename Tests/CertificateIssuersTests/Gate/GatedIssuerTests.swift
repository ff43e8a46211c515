import CertificateAuthority
import Foundation
import Synchronization
import Testing

@testable import CertificateIssuers

/// An issuer that answers when a test lets it, with the controller's own root.
private final class PacedIssuer: CertificateIssuer {
    private struct State {
        var failure: IssuerFailure?
        var isHeld = false
        var going = 0
        var most = 0
        var all = 0
    }

    private let authority: CertificateAuthority
    private let state = Mutex(State())

    init() throws { authority = try CertificateAuthority.create(name: "paced", now: Date()).authority }

    func fail(_ failure: IssuerFailure?) { state.withLock { $0.failure = failure } }
    func hold(_ isHeld: Bool) { state.withLock { $0.isHeld = isHeld } }
    var going: Int { state.withLock { $0.going } }
    var most: Int { state.withLock { $0.most } }
    var all: Int { state.withLock { $0.all } }

    func root() async throws(IssuerFailure) -> IssuerRoot { try IssuerRoot(authority, now: Date()) }

    func issue(
        _ request: LeafRequest, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        state.withLock { state in
            state.going += 1
            state.all += 1
            state.most = max(state.most, state.going)
        }
        defer { state.withLock { $0.going -= 1 } }
        while state.withLock({ $0.isHeld }) {
            do { try await Task.sleep(for: .milliseconds(5)) } catch {
                throw IssuerFailure(.unreachable, "cancelled")
            }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        return try await BuiltInIssuer(authority, now: now).issue(request, under: root, now: now)
    }
}

@Suite("An issuer behind its gate")
struct GatedIssuerTests {
    private static let broken = IssuerFailure(.unreachable, "it is broken")

    @Test("answers 200 at once, never more than 32 together")
    func many() async throws {
        let paced = try PacedIssuer()
        let gated = GatedIssuer(paced)
        let root = try await gated.root()
        paced.hold(true)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<200 {
                group.addTask { try await gated.issue(Sample.request(), under: root, now: Date()).serial }
            }
            #expect(try await eventually { gated.standing.waiting == 200 && paced.going == 32 })
            paced.hold(false)
            var serials: Set<String> = []
            for try await serial in group { serials.insert(serial) }
            #expect(serials.count == 200)
        }
        #expect(paced.most == 32)
        #expect(gated.standing.waiting == 0)
        #expect(gated.standing.isUp)
    }

    @Test("is asked once while it is down, whoever comes; then it answers all again")
    func down() async throws {
        let paced = try PacedIssuer()
        let clock = Mutex(ContinuousClock.now)
        let gated = GatedIssuer(paced, instant: { clock.withLock { $0 } })
        let root = try await gated.root()
        paced.fail(Self.broken)
        for pod in 0..<20 {
            let failure = await issuerFailure {
                _ = try await gated.issue(Sample.request(), to: "pod-\(pod)", under: root, now: Date())
            }
            #expect(failure?.message == "it is broken")
            let wait = try #require(failure?.retryAfter)
            #expect(wait >= .milliseconds(750) && wait <= .milliseconds(1250))
        }
        #expect(paced.all == 1)
        #expect(gated.standing.failure == IssuerFailure(.unreachable, "it is broken"))
        #expect(gated.standing.waiting == 20)
        gated.withdraw("pod-19")
        #expect(gated.standing.waiting == 19)
        paced.fail(nil)
        clock.withLock { $0 += .seconds(2) }
        for pod in 0..<19 {
            _ = try await gated.issue(Sample.request(), to: "pod-\(pod)", under: root, now: Date())
        }
        #expect(
            gated.standing
                == .init(isUp: true, waiting: 0, questions: 0, failure: nil, refused: 0, refusal: nil, retryAfter: nil))
    }

    @Test("refuses one without a word to the others")
    func refused() async throws {
        let paced = try PacedIssuer()
        let gated = GatedIssuer(paced)
        let root = try await gated.root()
        paced.fail(IssuerFailure(.refused, "not this name"))
        for _ in 0..<2 {
            let failure = await issuerFailure { _ = try await gated.issue(Sample.request(), under: root, now: Date()) }
            #expect(failure?.code == .refused)
            #expect(failure?.retryAfter != nil)
        }
        #expect(paced.all == 2)
        // Who comes back under its name is counted until it has what it wants.
        for _ in 0..<2 {
            let failure = await issuerFailure {
                _ = try await gated.issue(Sample.request(), to: "pod", under: root, now: Date())
            }
            #expect(failure?.code == .refused)
            #expect((gated.standing.refused, gated.standing.waiting) == (1, 1))
            #expect(gated.standing.refusal?.message == "not this name")
        }
        #expect(gated.standing.isUp)
        paced.fail(nil)
        _ = try await gated.issue(Sample.request(), to: "pod", under: root, now: Date())
        #expect(
            gated.standing
                == .init(isUp: true, waiting: 0, questions: 0, failure: nil, refused: 0, refusal: nil, retryAfter: nil))
    }

    @Test("lets those go that are cancelled, in line or not, and the next ones in")
    func cancelled() async throws {
        let paced = try PacedIssuer()
        let gated = GatedIssuer(paced, limit: 1)
        let root = try await gated.root()
        paced.hold(true)
        func question() -> Task<Bool, Never> {
            Task {
                let failure = await issuerFailure {
                    _ = try await gated.issue(Sample.request(), under: root, now: Date())
                }
                return failure == nil
            }
        }
        let first = question()
        #expect(try await eventually { paced.going == 1 })
        let second = question()
        #expect(try await eventually { gated.standing.waiting == 2 })
        let third = question()
        #expect(try await eventually { gated.standing.waiting == 3 })
        second.cancel()
        #expect(await second.value == false)
        #expect(gated.standing.waiting == 2)
        first.cancel()
        #expect(await first.value == false)
        #expect(try await eventually { paced.all == 2 })
        paced.hold(false)
        #expect(await third.value)
        // A question that was withdrawn says nothing of the issuer.
        #expect(
            gated.standing
                == .init(isUp: true, waiting: 0, questions: 0, failure: nil, refused: 0, refusal: nil, retryAfter: nil))
    }
}
