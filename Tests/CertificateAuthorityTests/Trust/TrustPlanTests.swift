import CertificateAuthority
import Foundation
import TestInstruments
import Testing

@Suite("The plan of a rotation")
struct TrustPlanTests {
    private static let (old, new) = (TrustedMesh.root("old"), TrustedMesh.root("new"))

    private static func pod(
        _ name: String, _ epoch: Int64, _ issuer: String?, isConnected: Bool = true, isWaived: Bool = false
    ) -> TrustObservation.Pod {
        TrustObservation.Pod(
            name: name, isConnected: isConnected, epoch: epoch, issuer: issuer, isWaived: isWaived)
    }

    private static func replica(_ epoch: Int64, _ issuer: String) -> TrustObservation.Participant {
        TrustObservation.Participant(name: "replica", epoch: epoch, issuer: issuer)
    }

    @Test("trusts the new root first, then signs with it, then lets the old one go, each once everybody has done it")
    func rotation() throws {
        let wish = TrustPlan.Wish(signing: Self.new)
        var state = try #require(TrustPlan.begin(TrustPlan.Wish(signing: Self.old)))
        func decide(_ pods: [TrustObservation.Pod], _ replica: TrustObservation.Participant) -> TrustPlan.Decision {
            TrustPlan.decide(state, wish, TrustObservation(pods: pods, participants: [replica]))
        }
        state = try #require(decide([Self.pod("a", 1, "old"), Self.pod("b", 1, "old")], Self.replica(1, "old")).next)
        #expect(state.epoch == 2)
        #expect(state.signing == "old")
        #expect(state.trustedPEM == "new\nold\n")
        var decision = decide([Self.pod("a", 2, "old"), Self.pod("b", 1, "old")], Self.replica(2, "old"))
        #expect(decision.next == nil)
        #expect(decision.step == .distributing)
        #expect(decision.pods == ["b"])
        decision = decide([Self.pod("a", 2, "old"), Self.pod("b", 2, "old")], Self.replica(1, "old"))
        #expect(decision.next == nil)
        #expect(decision.participants == ["replica"])
        state = try #require(decide([Self.pod("a", 2, "old"), Self.pod("b", 2, "old")], Self.replica(2, "old")).next)
        #expect(state.epoch == 3)
        #expect(state.signing == "new")
        #expect(state.roots.map(\.id) == ["new", "old"])
        decision = decide([Self.pod("a", 3, "new"), Self.pod("b", 3, "old")], Self.replica(3, "new"))
        #expect(decision.next == nil)
        #expect(decision.step == .reissuing)
        #expect(decision.pods == ["b"])
        decision = decide([Self.pod("a", 3, "new"), Self.pod("b", 3, "new")], Self.replica(3, "old"))
        #expect(decision.participants == ["replica"])
        state = try #require(decide([Self.pod("a", 3, "new"), Self.pod("b", 3, "new")], Self.replica(3, "new")).next)
        #expect(state.epoch == 4)
        #expect(state.trustedPEM == "new\n")
        decision = decide([Self.pod("a", 4, "new"), Self.pod("b", 3, "new")], Self.replica(4, "new"))
        #expect(decision.step == .distributing)
        decision = decide([Self.pod("a", 4, "new"), Self.pod("b", 4, "new")], Self.replica(4, "new"))
        #expect(decision.next == nil)
        #expect(decision.step == .settled)
        #expect(decision.pods.isEmpty && decision.participants.isEmpty)
    }

    @Test("waits for who holds a certificate beside pods: it trusts the new root first, and the old one stays for it")
    func holder() throws {
        let wish = TrustPlan.Wish(signing: Self.new)
        var state = try #require(TrustPlan.begin(TrustPlan.Wish(signing: Self.old)))
        func decide(_ epoch: Int64, _ issuer: String) -> TrustPlan.Decision {
            let holder = TrustObservation.Participant(name: "Secret edge/gateway", epoch: epoch, issuer: issuer)
            let replica = Self.replica(state.epoch, state.signing)
            return TrustPlan.decide(state, wish, TrustObservation(pods: [], participants: [replica, holder]))
        }
        state = try #require(decide(1, "old").next)
        #expect(decide(1, "old").next == nil)
        #expect(decide(1, "old").participants == ["Secret edge/gateway"])
        state = try #require(decide(2, "old").next)
        #expect(state.signing == "new")
        // The new roots are not enough: its certificate is of the old one, or of nobody knows whom.
        for issuer in ["old", ""] {
            #expect(decide(3, issuer).next == nil)
            #expect(decide(3, issuer).step == .reissuing)
        }
        #expect(decide(2, "new").next == nil)
        state = try #require(decide(3, "new").next)
        #expect(state.roots.map(\.id) == ["new"])
        #expect(decide(4, "new").step == .settled)
    }

    @Test(
        "waits for a pod that is cut off, unless the operator goes on without it; a connected one is never passed over")
    func lost() throws {
        let start = try #require(TrustPlan.begin(TrustPlan.Wish(signing: Self.old)))
        let wish = TrustPlan.Wish(signing: Self.new)
        let empty = TrustObservation(pods: [], participants: [])
        let state = try #require(TrustPlan.decide(start, wish, empty).next)
        let cases: [(TrustObservation.Pod, isNext: Bool)] = [
            (Self.pod("a", 2, "old", isConnected: false), false),
            (Self.pod("a", 0, nil, isConnected: false), false),
            (Self.pod("a", 0, nil, isConnected: false, isWaived: true), true),
            (Self.pod("a", 1, "old", isConnected: true, isWaived: true), false),
            (Self.pod("a", 2, "old", isConnected: true, isWaived: true), true),
        ]
        for (pod, isNext) in cases {
            let decision = TrustPlan.decide(state, wish, TrustObservation(pods: [pod], participants: []))
            #expect((decision.next != nil) == isNext, "\(pod)")
            #expect(decision.pods == (isNext ? [] : ["a"]))
        }
    }

    @Test("leads back from every step when the wish is withdrawn, and who signs stays where nothing can sign")
    func withdrawn() throws {
        let start = try #require(TrustPlan.begin(TrustPlan.Wish(signing: Self.old)))
        let nobody = TrustObservation(pods: [], participants: [])
        var state = start
        for step in 0..<3 {
            state = try #require(TrustPlan.decide(state, TrustPlan.Wish(signing: Self.new), nobody).next)
            var back = state
            while let next = TrustPlan.decide(back, TrustPlan.Wish(signing: Self.old), nobody).next { back = next }
            #expect(back.roots == [Self.old], "from step \(step)")
            #expect(back.signing == "old")
            var none = state
            while let next = TrustPlan.decide(none, TrustPlan.Wish(signing: nil), nobody).next { none = next }
            #expect(none.signing == state.signing)
        }
        #expect(TrustPlan.begin(TrustPlan.Wish(signing: nil, passive: [Self.old])) == nil)
    }

    @Test("A root that two objects name is one; a certificate of an unknown root may be one of the old root")
    func corners() throws {
        var again = Self.old
        again.object = "another"
        again.trustDomain = "example.org"
        let state = try #require(TrustPlan.begin(TrustPlan.Wish(signing: Self.old, passive: [again])))
        let nobody = TrustObservation(pods: [], participants: [])
        #expect(TrustPlan.decide(state, TrustPlan.Wish(signing: Self.old, passive: [again]), nobody).step == .settled)
        #expect(state.trustDomains == ["cluster.local"])
        // A root keeps its trust domain: certificates of either would look alike.
        #expect(TrustPlan.decide(state, TrustPlan.Wish(signing: again), nobody).step == .settled)
        let both = try #require(TrustPlan.begin(TrustPlan.Wish(signing: Self.new, passive: [Self.old])))
        let decision = TrustPlan.decide(
            both, TrustPlan.Wish(signing: Self.new),
            TrustObservation(pods: [Self.pod("a", 1, "somebody's")], participants: []))
        #expect(decision.next == nil)
        #expect(decision.pods == ["a"])
    }

    @Test("Clients are accepted under a trust domain that went until everybody calls by new connections")
    func formerNames() throws {
        var new = Self.new
        new.trustDomain = "example.org"
        let wish = TrustPlan.Wish(signing: new)
        let nobody = TrustObservation(pods: [], participants: [])
        var state = try #require(TrustPlan.begin(TrustPlan.Wish(signing: Self.old)))
        state = try #require(TrustPlan.decide(state, wish, nobody).next)
        #expect(state.trustDomains == ["cluster.local", "example.org"])
        state = try #require(TrustPlan.decide(state, wish, nobody).next)
        #expect(state.trustDomains == ["example.org", "cluster.local"])
        state = try #require(TrustPlan.decide(state, wish, nobody).next)
        #expect(state.roots == [new])
        #expect(state.trustDomains == ["example.org"])
        #expect(state.formerTrustDomains == ["cluster.local"])
        let behind = TrustObservation(pods: [Self.pod("a", state.epoch - 1, "new")], participants: [])
        #expect(TrustPlan.decide(state, wish, behind).next == nil)
        #expect(TrustPlan.decide(state, wish, behind).step == .distributing)
        // One who goes back to it meanwhile makes it a present one again.
        let back = try #require(TrustPlan.decide(state, TrustPlan.Wish(signing: Self.old), nobody).next)
        #expect(back.formerTrustDomains.isEmpty)
        state = try #require(TrustPlan.decide(state, wish, nobody).next)
        #expect(state.formerTrustDomains.isEmpty)
        #expect(state.epoch == 5)
        #expect(TrustPlan.decide(state, wish, nobody).step == .settled)
    }

    @Test("The state is the same after it was kept and read")
    func kept() throws {
        var state = try #require(TrustPlan.begin(TrustPlan.Wish(signing: Self.old, passive: [Self.new])))
        state = try #require(
            TrustPlan.decide(state, TrustPlan.Wish(signing: Self.new), TrustObservation(pods: [], participants: []))
                .next)
        #expect(try JSONDecoder().decode(TrustState.self, from: JSONEncoder().encode(state)) == state)
    }

    @Test(
        "No order of events makes a pod meet a certificate that it does not trust, and every wish is reached",
        arguments: 0..<(isSoak ? 5000 : 300))
    func anyOrder(seed: UInt64) {
        var mesh = TrustedMesh(seed: seed)
        for step in 0..<400 {
            mesh.happen()
            let strangers = mesh.strangers
            #expect(strangers.isEmpty, "step \(step): \(strangers.first ?? "")")
            guard strangers.isEmpty else { return }
        }
        let signing = mesh.wish.signing?.id ?? mesh.state.signing
        // Trust, sign, distrust, and what a wish before that had left.
        #expect(mesh.settle() <= 5)
        #expect(mesh.strangers.isEmpty)
        #expect(mesh.decision.step == .settled)
        #expect(mesh.state.signing == signing)
        #expect(Set(mesh.state.roots.map(\.id)) == Set(mesh.wish.passive.map(\.id) + [signing]))
        #expect(mesh.pods.values.allSatisfy { $0.leaf == signing })
    }
}
