import Foundation
import MeshModel
import MeshStatus
import Testing

@testable import OwnedObjects

@Suite("Which statuses are written, and when")
struct StatusPlanTests {
    private var plan = StatusPlan()
    private let target = SampleStatus(name: "a")

    @Test("A new object that is in force at once is told in one write")
    mutating func oneWrite() {
        let writes = plan.due(target.report(.programmed), at: .zero)
        #expect(writes.map(\.status.observedGeneration) == [1])
        #expect(writes.first?.status.conditions.map(\.type.rawValue).contains("Reconciling") == false)
        for write in writes { plan.written(write, at: .zero) }
        #expect(plan.due(target.report(.programmed), at: .seconds(100)).isEmpty)
    }

    @Test("A generation on its way is kept back for a second, then told, then told to be in force: two writes")
    mutating func twoWrites() {
        #expect(plan.due(target.report(.pending), at: .zero).isEmpty)
        #expect(plan.isWaiting)
        #expect(plan.due(target.report(.pending), at: .milliseconds(900)).isEmpty)
        let first = plan.due(target.report(.pending), at: .seconds(1))
        #expect(first.map { $0.status[.programmed]?.status } == [.no])
        for write in first { plan.written(write, at: .seconds(1)) }
        // At most one write per object and second.
        #expect(plan.due(target.report(.programmed), at: .milliseconds(1500)).isEmpty)
        let second = plan.due(target.report(.programmed), at: .seconds(2))
        #expect(second.map { $0.status[.programmed]?.status } == [.yes])
        #expect(
            plan.due(target.report(.programmed), at: .seconds(3)).isEmpty, "what is being written is not written again"
        )
    }

    @Test("A generation that gets in force while it is kept back is told in one write, at once")
    mutating func settled() {
        #expect(plan.due(target.report(.pending), at: .zero).isEmpty)
        let writes = plan.due(target.report(.programmed), at: .milliseconds(40))
        #expect(writes.map { $0.status[.programmed]?.status } == [.yes])
    }

    @Test("Proxies that fall behind an unedited object turn it false only after ten seconds, and back at once")
    mutating func patience() {
        write(.programmed, at: .zero)
        #expect(plan.due(target.report(.pending), at: .seconds(20)).isEmpty)
        #expect(plan.due(target.report(.programmed), at: .seconds(25)).isEmpty, "nothing to tell: it is as it was")
        #expect(plan.due(target.report(.pending), at: .seconds(30)).isEmpty)
        #expect(plan.due(target.report(.pending), at: .seconds(39)).isEmpty)
        #expect(plan.due(target.report(.pending), at: .seconds(40)).map { $0.status[.programmed]?.status } == [.no])
        #expect(plan.due(target.report(.programmed), at: .seconds(50)).isEmpty, "the write is not over")
    }

    @Test("An edit while proxies are behind is told as an edit")
    mutating func editWhileBehind() {
        write(.programmed, at: .zero)
        #expect(plan.due(target.report(.pending), at: .seconds(20)).isEmpty)
        #expect(plan.due(target.report(.pending, generation: 2), at: .seconds(21)).isEmpty)
        let writes = plan.due(target.report(.pending, generation: 2), at: .seconds(22))
        #expect(writes.map(\.status.observedGeneration) == [2])
    }

    @Test("A proxy's refusal and a user's mistake are told at once")
    mutating func mistakes() {
        write(.programmed, at: .zero)
        #expect(
            plan.due(target.report(.rejected), at: .seconds(5)).map { $0.status[.programmed]?.reason } == [
                .proxyRejected
            ])
        var other = StatusPlan()
        let invalid = other.due(target.report(.invalid), at: .zero)
        #expect(invalid.map { $0.status[.accepted]?.reason } == [.invalid])
    }

    @Test("Counts are told once a minute")
    mutating func counts() {
        write(.programmed, at: .zero)
        #expect(plan.due(target.report(.programmed, proxies: "13/13"), at: .seconds(59)).isEmpty)
        #expect(plan.isWaiting)
        let writes = plan.due(target.report(.programmed, proxies: "13/13"), at: .seconds(60))
        #expect(writes.map { $0.status.summary["proxies"] } == ["13/13"])
    }

    @Test("Of many counts only as many are told as the budget allows, and conditions do not wait for them")
    mutating func budget() {
        let names = (0..<100).map { "t\($0)" }
        let first = SampleStatus.report(names.map { SampleStatus(name: $0) }, .programmed)
        let early = plan.due(first, at: .zero)
        #expect(early.count == 50, "the burst of conditions")
        for write in early { plan.written(write, at: .zero) }
        let late = plan.due(first, at: .seconds(10))
        #expect(late.count == 50)
        for write in late { plan.written(write, at: .seconds(10)) }
        let counts = SampleStatus.report(names.map { SampleStatus(name: $0) }, .programmed, proxies: "2/2")
        let refreshed = plan.due(counts, at: .seconds(100))
        #expect(refreshed.count == 10, "the burst of counts")
        for write in refreshed { plan.written(write, at: .seconds(100)) }
        #expect(plan.due(counts, at: .seconds(101)).count == 2)
    }

    @Test("A write that fails is tried again after pauses that double")
    mutating func failure() {
        var moments: [Duration] = []
        for tenth in 0..<160 {
            let now = Duration.milliseconds(100 * tenth)
            for write in plan.due(target.report(.programmed), at: now) {
                moments.append(now)
                plan.failed(write, at: now)
            }
        }
        #expect(
            moments == [
                .zero, .milliseconds(500), .milliseconds(1500), .milliseconds(3500), .milliseconds(7500),
                .milliseconds(15500),
            ])
    }

    @Test("A new leader writes nothing that the cluster has, and keeps the times of transitions")
    mutating func newLeader() throws {
        let report = target.report(.programmed)
        let known = try #require(StatusPlan.written(report).first)
        var old = known.status
        old.conditions = old.conditions.map { $0.since(Timestamp(seconds: 7)) }
        plan.observe(known.key, old)
        #expect(plan.due(report, at: .zero).isEmpty)
        let edited = plan.due(target.report(.programmed, generation: 2), at: .seconds(1))
        #expect(edited.first?.status.conditions.allSatisfy { $0.lastTransitionTime == Timestamp(seconds: 7) } == true)
    }

    @Test("What an earlier leader left on its way is in force only once every proxy has acknowledged something")
    mutating func inherited() throws {
        // Who was cut off when the edit took its proxy out of those that the object affects still has the old rules.
        var other = StatusPlan()
        #expect(other.due(target.report(.pending), at: .zero).isEmpty)
        let left = try #require(other.due(target.report(.pending), at: .seconds(1)).first)
        plan.observe(left.key, left.status)
        #expect(plan.due(target.report(.programmed, acknowledged: [7, 0]), at: .zero).isEmpty)
        #expect(plan.isWaiting)
        let writes = plan.due(target.report(.programmed, acknowledged: [7, 9]), at: .seconds(1))
        #expect(writes.map { $0.status[.programmed]?.status } == [.yes])
        for write in writes { plan.written(write, at: .seconds(1)) }
        let edited = plan.due(target.report(.programmed, generation: 2, acknowledged: [7, 0]), at: .seconds(9))
        #expect(edited.map(\.status.observedGeneration) == [2], "of its own edits this leader knows whom they concern")
    }

    @Test("An object made anew under a name is told anew")
    mutating func recreated() {
        write(.programmed, at: .zero)
        let again = SampleStatus(name: "a", uid: "other")
        #expect(plan.due(again.report(.programmed), at: .milliseconds(10)).map(\.status.uid) == ["other"])
    }

    @Test("Who never was in the mesh is not written to; who leaves it is told so, once")
    mutating func outside() {
        #expect(plan.due(target.report(.outside), at: .zero).isEmpty)
        write(.programmed, at: .zero)
        let writes = plan.due(target.report(.outside), at: .seconds(5))
        #expect(writes.map { $0.status[.accepted]?.reason } == [.notInMesh])
        for write in writes { plan.written(write, at: .seconds(5)) }
        #expect(plan.due(target.report(.outside), at: .seconds(500)).isEmpty)
    }

    @Test("Kinds whose status is Kubernetes' own are left alone")
    mutating func services() {
        #expect(plan.due(SampleStatus(name: "a", kind: .service).report(.invalid), at: .zero).isEmpty)
    }

    @Test("A rolling restart of 500 pods, seen by 40 objects for five minutes, makes few writes")
    mutating func rollingRestart() {
        let targets = (0..<40).map { SampleStatus(name: "t\($0)") }
        var writes = 0
        for step in 0..<3000 {
            let now = Duration.milliseconds(100 * step)
            // Every pod is behind for a moment after it has come, two pods a second.
            let state: SampleStatus.State = step % 5 == 1 ? .pending : .programmed
            for write in plan.due(SampleStatus.report(targets, state, proxies: "\(step / 5)/500"), at: now) {
                writes += 1
                plan.written(write, at: now)
            }
        }
        // One at first, then one count per minute and object.
        #expect(writes <= 40 * 6)
        #expect(writes >= 40)
    }

    private mutating func write(_ state: SampleStatus.State, at now: Duration) {
        for write in plan.due(target.report(state), at: now) { plan.written(write, at: now) }
    }
}

extension StatusPlan {
    /// What a plan that knows nothing writes.
    fileprivate static func written(_ report: StatusReport) -> [Write] {
        var plan = StatusPlan()
        return plan.due(report, at: .zero)
    }
}

extension StatusPlan {
    /// What is to be written now, all kinds being known.
    fileprivate mutating func due(_ report: StatusReport, at now: Duration) -> [Write] {
        next(report, of: Set(ObjectKind.allCases), at: now)
    }
}
