import Foundation

/// Status is written as seldom as it can be.
struct WritesProof: OperatorProof {
    let name = "writes"
    let promise = "at most two status writes for each generation of an object, and none for the others without reason"

    func run(_ run: OperatorRun) throws -> String {
        try run.watch.refresh()
        let start = run.watch.events.count
        var edits = 0
        for flip in Flip.policies + (run.isSoak ? Flip.policies.reversed() : []) {
            for flip in flip.prerequisites(run.policies) + [flip] {
                try run.await("Ready", of: try run.make(flip).object, within: .seconds(60))
                edits += 1
            }
        }
        Thread.sleep(forTimeInterval: 3)
        try run.watch.refresh()
        let writes = run.watch.writes(from: start)
        var (most, total) = (0, 0)
        for (object, generations) in writes {
            for (generation, count) in generations {
                most = max(most, count)
                total += count
                // Of a generation that was there before, only what became of it through other edits is written.
                run.expect(
                    "status writes of \(object.kind) \(object.place), generation \(generation)", "<= 2",
                    count <= 2 || !generations.keys.contains { $0 < generation }, seen: "\(count)")
            }
        }
        run.expect("status writes for \(edits) edits", "<= \(2 * edits)", total <= 2 * edits, seen: "\(total)")
        return "\(edits) edits, \(total) status writes, at most \(most) for one generation of an object"
    }
}
