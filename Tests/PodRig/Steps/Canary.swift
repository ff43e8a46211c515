import Foundation
import MeshModel

/// A version takes over: first a tenth of the requests, then all, while the clients go on calling.
struct Canary: DemoStep {
    let title = "a canary, 90/10 and then 0/100, under 200 requests/s from each client"

    func run(in demo: Demo) throws {
        try demo.startTraffic(from: Bookstore.buyers, path: "/books-bought", rate: 200)
        try expectShare(0.1, in: demo)
        let edit = try Edit(in: demo) { manifests in
            try manifests.write(Bookstore.split(0, 100), to: Bookstore.splitFile)
        }
        let outcome = try edit.awaitRoutes(at: Bookstore.buyers)
        try demo.expect(
            "(controller)", "bookstore", "resources recompiled by the edit", "1",
            Observation(text: "\(outcome.batch.translated)", isAsExpected: outcome.batch.translated == 1))
        try demo.expectAnswers(
            from: ["bookstore-v2"], atLeast: 400, what: "answers after the last acknowledgement",
            after: outcome.lastTime)
        try demo.expectNoFailures(since: "the start")
        for line in outcome.lines { demo.board.note(line) }
    }

    /// Expects version 2 to have its share of at least 1,000 requests.
    private func expectShare(_ share: Double, in demo: Demo) throws {
        let row = Expectation(
            caller: Bookstore.bothBuyers, service: "bookstore", what: "share of v2 in >= 1000 requests",
            expected: "\(Int(share * 100)) %, within chance")
        try demo.expect(row, within: .seconds(60)) {
            let sum = demo.rig.loads.map(\.sum).reduce(.nothing, +)
            let count = sum.apps["bookstore-v2"] ?? 0
            let observed = Double(count) / Double(max(sum.ok, 1))
            let plausible = Binomial(trials: sum.ok, probability: share).plausible
            return Observation(
                text: "\(percent(observed)) of \(sum.ok)", decidedBy: "TrafficSplit bookstore/bookstore-split",
                isAsExpected: sum.ok >= 1000 && plausible.contains(observed))
        }
    }

    private func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}
