import CertificateAuthority
import Testing

@Suite("The plan of a replacement")
struct RootPlanTests {
    private static let steady = RootPlan(signing: "old")
    private static let begun = RootPlan(signing: "old", next: "new")
    private static let switched = RootPlan(signing: "new", previous: "old")
    private static let done = RootPlan(signing: "new")

    @Test("leads from the old root to the new one in three steps, and no step gives up what may be in use")
    func steps() {
        #expect(Self.begun.step == .distributing)
        #expect(Self.begun.trusted == ["old", "new"])
        #expect(Self.begun.successor == Self.switched)
        #expect(Self.switched.step == .reissuing)
        #expect(Self.switched.trusted == ["old", "new"])
        #expect(Self.switched.successor == Self.done)
        #expect(Self.done.step == .settled)
        #expect(Self.done.trusted == ["new"])
        #expect(Self.done.successor == Self.done)
    }

    @Test(
        "A pod holds a step until it has acknowledged what the step is about",
        arguments: [
            (steady, true, "old", true), (steady, false, "old", false),
            (begun, true, "old", true), (begun, false, "old", false), (begun, false, "new", false),
            (switched, true, "old", false), (switched, true, "new", true), (switched, false, "new", false),
            (switched, true, nil, true), (switched, false, nil, false), (switched, true, "unknown", false),
            (done, true, "new", true), (done, false, "new", false),
        ])
    func pods(plan: RootPlan, isCurrent: Bool, issuer: String?, isDone: Bool) {
        #expect(plan.isDone(by: RootPlan.PodTrust(isCurrent: isCurrent, issuer: issuer)) == isDone)
    }

    @Test("What is taken back trusts what was trusted, and ends with the root that did not lead")
    func cancelling() {
        #expect(Self.steady.cancelled == nil)
        #expect(Self.done.cancelled == nil)
        #expect(Self.begun.cancelled == RootPlan(signing: "old", previous: "new"))
        #expect(Self.begun.cancelled?.successor == Self.steady)
        #expect(Self.switched.cancelled == RootPlan(signing: "new", next: "old"))
        #expect(Self.switched.cancelled?.successor == RootPlan(signing: "old", previous: "new"))
        #expect(Self.switched.cancelled?.successor.successor == Self.steady)
        for plan in [Self.begun, Self.switched] {
            #expect(plan.cancelled?.trusted == plan.trusted)
            #expect(plan.cancelled?.cancelled == plan)
        }
    }

    @Test("What an interrupted change leaves behind is no root of its own")
    func leftovers() {
        // The root that signs has its second name already, the next one has not taken its place.
        let interrupted = RootPlan(signing: "old", next: "new", previous: "old")
        #expect(interrupted.step == .distributing)
        #expect(interrupted.trusted == ["old", "new"])
        #expect(interrupted.successor == Self.switched)
        let leftover = RootPlan(signing: "old", previous: "old")
        #expect(leftover.step == .settled)
        #expect(leftover.successor == Self.steady)
        #expect(leftover.trusted == ["old"])
        // Three at once are not made by any step: the previous one goes first, the next one is kept.
        let three = RootPlan(signing: "b", next: "c", previous: "a")
        #expect(three.step == .reissuing)
        #expect(three.successor == RootPlan(signing: "b", next: "c"))
    }

    /// A mesh of pods that come, go, are cut off and acknowledge in any order, under a plan that is turned around at
    /// any time: no pod that is connected to another one may ever fail to verify it.
    @Test("No order of events makes a pod meet a certificate that it does not trust", arguments: 0..<200)
    func anyOrder(seed: UInt64) {
        var random = Numbers(state: seed)
        var plan = Self.begun
        var trust: [Int: Set<String>] = [:]
        var leaves: [Int: String] = [:]
        var current: Set<Int> = []
        var isTurned = 0
        for pod in 0..<5 {
            trust[pod] = ["old"]
            leaves[pod] = "old"
        }
        for step in 0..<400 {
            let pod = Int(random.next() % 8)
            switch random.next() % 6 {
            case 0, 1:
                // It acknowledges all that there is, its certificate perhaps later.
                if trust[pod] != nil {
                    trust[pod] = plan.trusted
                    current.insert(pod)
                }
            case 2: if current.contains(pod) { leaves[pod] = plan.signing }
            case 3: current.remove(pod)
            case 4:
                if trust[pod] == nil {
                    trust[pod] = plan.trusted
                    leaves[pod] = plan.signing
                    current.insert(pod)
                } else if random.next() % 8 == 0 {
                    trust[pod] = nil
                    leaves[pod] = nil
                    current.remove(pod)
                }
            default:
                if random.next() % 10 == 0, isTurned < 3, let cancelled = plan.cancelled {
                    plan = cancelled
                    isTurned += 1
                }
            }
            let isDone = trust.keys.allSatisfy {
                plan.isDone(by: RootPlan.PodTrust(isCurrent: current.contains($0), issuer: leaves[$0]))
            }
            if isDone, plan.step != .settled {
                let former = plan.trusted
                plan = plan.successor
                // Whoever must acknowledge another bundle has not done so yet.
                if plan.trusted != former { current = [] }
            }
            for (one, trusted) in trust {
                for (other, leaf) in leaves {
                    #expect(trusted.contains(leaf), "step \(step): \(one) meets \(other)")
                }
            }
        }
    }

    /// The same numbers for the same seed.
    private struct Numbers {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
