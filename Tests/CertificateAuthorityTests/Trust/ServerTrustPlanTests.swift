import CertificateAuthority
import TestInstruments
import Testing

@Suite("The plan of the servers' root")
struct ServerTrustPlanTests {
    private typealias Plan = ServerTrustPlan

    private static func observed(
        isWanted: Bool = false, isDistributed: Bool = false, _ pods: [Plan.Observation.Pod] = [],
        replicas: [String: String?] = [:]
    ) -> Plan.Observation {
        .init(isWanted: isWanted, isDistributed: isDistributed, pods: pods, replicas: replicas)
    }

    @Test("makes a root, has it known, shows it, and lets the former one go once every pod has connected under it")
    func rotation() {
        let settled = Plan.State(signing: "old")
        #expect(Plan.decide(settled, Self.observed()).change == nil)
        #expect(Plan.decide(settled, Self.observed(isWanted: true)).change == .begin)
        let first = Plan.State(signing: "old", next: "new")
        var decision = Plan.decide(first, Self.observed(isWanted: true))
        #expect(decision.change == nil)
        #expect(decision.step == .distributing)
        #expect(Plan.decide(first, Self.observed(isWanted: true, isDistributed: true)).change == .advance)
        let second = Plan.State(signing: "new", previous: "old")
        let pods: [Plan.Observation.Pod] = [
            .init(name: "b", isConnected: true, root: "new"), .init(name: "a", isConnected: true, root: "old"),
            .init(name: "c", isConnected: false, root: nil),
        ]
        decision = Plan.decide(second, Self.observed(pods, replicas: ["one": "new", "two": "old", "three": nil]))
        #expect(decision.change == nil)
        #expect(decision.step == .reconnecting)
        #expect(decision.pods == ["a", "c"])
        #expect(decision.replicas == ["three", "two"])
        decision = Plan.decide(
            second,
            Self.observed(pods.map { .init(name: $0.name, isConnected: true, root: "new") }, replicas: ["one": "new"]))
        #expect(decision.change == .finish)
    }

    @Test("goes on without a pod that is given up and not connected, never without one that is connected")
    func waived() {
        let state = Plan.State(signing: "new", previous: "old")
        let cases: [(isConnected: Bool, root: String?, isDone: Bool)] = [
            (false, nil, true), (true, "old", false), (true, nil, false), (true, "new", true),
        ]
        for (isConnected, root, isDone) in cases {
            let pod = Plan.Observation.Pod(name: "a", isConnected: isConnected, root: root, isWaived: true)
            #expect((Plan.decide(state, Self.observed([pod])).change == .finish) == isDone)
        }
    }

    @Test("drops the next root when it is not asked for any more, and leads forward only once it is shown")
    func withdrawn() {
        #expect(Plan.decide(.init(signing: "old", next: "new"), Self.observed(isDistributed: true)).change == .cancel)
        let shown = Plan.State(signing: "new", previous: "old")
        #expect(Plan.decide(shown, Self.observed()).change == .finish)
        // The next one waits until the present one is done.
        let pod = Plan.Observation.Pod(name: "a", isConnected: true, root: "old")
        #expect(Plan.decide(shown, Self.observed(isWanted: true, [pod])).change == nil)
        #expect(Plan.decide(shown, Self.observed(isWanted: true)).change == .finish)
    }

    @Test(
        "No order of events leaves a pod with servers that it does not know, and every rotation comes to an end",
        arguments: 0..<(isSoak ? 5000 : 300))
    func anyOrder(seed: UInt64) {
        var mesh = ServedMesh(seed: seed)
        for step in 0..<400 {
            mesh.happen()
            #expect(mesh.strangers.isEmpty, "step \(step): \(mesh.strangers.first ?? "")")
            guard mesh.strangers.isEmpty else { return }
        }
        // The one under way, and the next.
        #expect(mesh.settle() <= 6)
        #expect(mesh.strangers.isEmpty, "\(mesh.strangers.first ?? "")")
        #expect(mesh.decision.change == nil)
        #expect(mesh.decision.step == .settled)
        #expect(mesh.bundle == [mesh.state.signing])
        #expect(mesh.pods.values.allSatisfy { $0.stream?.root == mesh.state.signing })
    }
}
