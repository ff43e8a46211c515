import MeshModel
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("What a candidate of an election does")
struct ElectionStateTests {
    private static let start = ContinuousClock.now
    private static func after(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func lease(
        _ holder: String, version: String = "1", renewed: String = "r", transitions: Int = 0, duration: Int = 15
    ) -> Lease {
        Lease(
            metadata: .init(resourceVersion: version),
            spec: .init(
                holderIdentity: holder, leaseDurationSeconds: duration, acquireTime: "a", renewTime: renewed,
                leaseTransitions: transitions))
    }

    private func candidate(_ identity: String = "me") -> ElectionState {
        ElectionState(identity: identity, timing: ElectionTiming())
    }

    @Test("A lease that does not exist is made")
    func creation() {
        var state = candidate()
        state.observe(nil, at: Self.start)
        let spec = Lease.Spec(
            holderIdentity: "me", leaseDurationSeconds: 15, acquireTime: "t", renewTime: "t", leaseTransitions: 0)
        #expect(state.step(at: Self.start, time: "t") == .create(spec))
        #expect(!state.isLeader(at: Self.start))
        state.wrote(Lease(metadata: .init(resourceVersion: "1"), spec: spec), sent: Self.start)
        #expect(state.isLeader(at: Self.after(9.9)))
        #expect(!state.isLeader(at: Self.after(10)))
    }

    @Test("Another's lease is left alone until it was not seen to change for its duration, whatever its times say")
    func expiry() {
        var state = candidate()
        state.observe(lease("other", version: "1", renewed: "2000-01-01T00:00:00.000000Z"), at: Self.start)
        #expect(state.step(at: Self.after(14.9), time: "t") == .wait)
        // A renewal starts the count anew; a change of what is not the election's does not.
        state.observe(lease("other", version: "2", renewed: "2001-01-01T00:00:00.000000Z"), at: Self.after(10))
        state.observe(lease("other", version: "3", renewed: "2001-01-01T00:00:00.000000Z"), at: Self.after(20))
        #expect(state.step(at: Self.after(24.9), time: "t") == .wait)
        let expected = Lease.Spec(
            holderIdentity: "me", leaseDurationSeconds: 15, acquireTime: "t", renewTime: "t", leaseTransitions: 1)
        #expect(state.step(at: Self.after(25), time: "t") == .update(expected, resourceVersion: "3"))
    }

    @Test("The duration that counts is the one of who holds it")
    func holdersDuration() {
        var state = candidate()
        state.observe(lease("other", duration: 60), at: Self.start)
        #expect(state.step(at: Self.after(59), time: "t") == .wait)
        #expect(state.step(at: Self.after(60), time: "t") != .wait)
    }

    @Test("A lease that was given up is taken at once; its transitions are counted")
    func released() {
        var state = candidate()
        state.observe(lease("", version: "7", transitions: 3), at: Self.start)
        #expect(state.holder == nil)
        let expected = Lease.Spec(
            holderIdentity: "me", leaseDurationSeconds: 15, acquireTime: "t", renewTime: "t", leaseTransitions: 4)
        #expect(state.step(at: Self.start, time: "t") == .update(expected, resourceVersion: "7"))
    }

    @Test("A renewal keeps since when it is held")
    func renewal() {
        var state = candidate()
        state.observe(lease("me", version: "7", transitions: 3), at: Self.start)
        let expected = Lease.Spec(
            holderIdentity: "me", leaseDurationSeconds: 15, acquireTime: "a", renewTime: "t", leaseTransitions: 3)
        #expect(state.step(at: Self.start, time: "t") == .update(expected, resourceVersion: "7"))
        // That it is ours on paper, from before a restart, does not make a leader.
        #expect(!state.isLeader(at: Self.start))
    }

    @Test("Who sees another's name in the lease leads no more")
    func lost() {
        var state = candidate()
        state.wrote(lease("me"), sent: Self.start)
        #expect(state.isLeader(at: Self.after(1)))
        state.observe(lease("other", version: "2"), at: Self.after(1))
        #expect(!state.isLeader(at: Self.after(1)))
        #expect(state.release(lease("other", version: "3"), at: Self.after(1), time: "t") == .wait)
    }

    @Test("A leader gives the lease up as it is by then, and leads no more")
    func release() {
        var state = candidate()
        state.wrote(lease("me", version: "4", transitions: 2), sent: Self.start)
        state.resign()
        #expect(!state.isLeader(at: Self.start))
        let expected = Lease.Spec(
            holderIdentity: "", leaseDurationSeconds: 1, acquireTime: "t", renewTime: "t", leaseTransitions: 2)
        let release = state.release(lease("me", version: "5", transitions: 2), at: Self.after(1), time: "t")
        #expect(release == .update(expected, resourceVersion: "5"))
        #expect(state.release(lease("", version: "6"), at: Self.after(2), time: "t") == .wait)
    }

    @Test("Whatever is lost, late or stopped, there are never two leaders", arguments: 0..<UInt64(isSoak ? 200 : 20))
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var candidates = (0..<3).map { candidate("c\($0)") }
        var pausedUntil = [0.0, 0, 0]
        var stored: Lease?
        var version = 0
        var leaders = Set<Int>()
        var most = 0
        for tick in 0..<2000 {
            let now = Double(tick) * 0.5
            for index in candidates.indices where now >= pausedUntil[index] {
                if Double.random(in: 0..<1, using: &generator) < 0.02 {
                    pausedUntil[index] = now + .random(in: 1...40, using: &generator)
                    continue
                }
                let sent = Self.after(now)
                candidates[index].observe(stored, at: sent)
                let spec: Lease.Spec
                switch candidates[index].step(at: sent, time: "\(now)") {
                case .wait: continue
                case .create(let new): spec = new
                case .update(let new, _): spec = new
                }
                // A request may be lost, or be heard while its answer is lost.
                let luck = Double.random(in: 0..<1, using: &generator)
                guard luck > 0.2 else { continue }
                version += 1
                stored = Lease(metadata: .init(resourceVersion: "\(version)"), spec: spec)
                guard luck > 0.3, let stored else { continue }
                candidates[index].wrote(stored, sent: sent)
            }
            let leading = candidates.indices.filter { candidates[$0].isLeader(at: Self.after(now)) }
            most = max(most, leading.count)
            leaders.formUnion(leading)
        }
        #expect(most == 1)
        #expect(leaders.count >= 2)
    }

    @Test(
        "Moments are written with microseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (951_782_399_000_001, "2000-02-28T23:59:59.000001Z"),
            (951_782_400_123_456, "2000-02-29T00:00:00.123456Z"),
            (1_767_225_599_999_999, "2025-12-31T23:59:59.999999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ])
    func microTime(microseconds: Int64, text: String) {
        #expect(MicroTime.text(microseconds: microseconds) == text)
        #expect(Timestamp(rfc3339: text)?.seconds == microseconds / 1_000_000)
    }
}
