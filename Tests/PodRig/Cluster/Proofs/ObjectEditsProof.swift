import Foundation
import TestInstruments

/// Whoever waits for `Programmed` with kubectl and then sends meets the new policy.
struct ObjectEditsProof: OperatorProof {
    let name = "edits"
    let promise =
        "requests that are sent the moment `kubectl wait --for=condition=Programmed` returns meet the new policy"

    func run(_ run: OperatorRun) throws -> String {
        var probes = ProbeTally()
        try probes.check(run.policies, run, "before the edits")
        probes = ProbeTally()
        var edits: [String: Int] = [:]
        var waits: (kubectl: [Duration], watch: [Duration]) = ([], [])
        let wanted = run.isSoak ? 200 : 40
        var generator = SeededGenerator(seed: 12)
        while edits.values.reduce(0, +) < wanted {
            for flip in Flip.policies.shuffled(using: &generator) {
                for flip in flip.prerequisites(run.policies) + [flip] {
                    let number = edits.values.reduce(0, +) + 1
                    // The watch sees it sooner than kubectl can end.
                    let isByWatch = number.isMultiple(of: 2)
                    let edit = "edit \(number), \(flip.kind) \(flip.place) (\(flip.remark)), by "
                    if isByWatch {
                        waits.watch.append(
                            try run.make(flip, until: "Programmed") {
                                try probes.check(run.policies, run, edit + "a watch")
                            })
                    } else {
                        let start = ContinuousClock.now
                        try run.await("Programmed", of: run.make(flip).object)
                        waits.kubectl.append(start.duration(to: .now))
                        try probes.check(run.policies, run, edit + "kubectl wait")
                    }
                    edits[flip.kind, default: 0] += 1
                    if number.isMultiple(of: 20) {
                        run.note("\(number) edits, \(probes.wrong) of \(probes.calls) calls by another policy")
                    }
                }
            }
        }
        let kinds = edits.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        for kind in ClusterObject.resources.keys.sorted() {
            let count = edits[kind] ?? 0
            run.expect("edits of a \(kind)", ">= \(wanted / 20)", count >= wanted / 20, seen: "\(count)")
        }
        func median(_ waits: [Duration]) -> Int { Int(waits.sorted()[waits.count / 2] / .milliseconds(1)) }
        return
            "\(edits.values.reduce(0, +)) edits (\(kinds)), each followed by requests at once: \(probes.calls) calls "
            + "(\(probes.callsOnOpen) on open connections, \(probes.refused) refused), \(probes.wrong) by the old policy; "
            + "start of kubectl apply -> Programmed: \(median(waits.kubectl)) ms by kubectl wait, \(median(waits.watch)) ms by a watch (medians)"
    }
}
