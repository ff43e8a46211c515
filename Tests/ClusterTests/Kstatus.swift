/// What kstatus, and with it Flux and `kpt`, makes of an object (sigs.k8s.io/cli-utils, `pkg/kstatus`): its rules for
/// kinds that it does not know.
enum Kstatus: String, Sendable {
    case inProgress = "InProgress"
    case failed = "Failed"
    case current = "Current"
    case terminating = "Terminating"

    init(of object: Tree) {
        let status = object["status"]
        func condition(_ type: String) -> Tree? {
            status["conditions"].list.first { $0["type"] == .text(type) }
        }
        func holds(_ type: String) -> Bool { condition(type)?["status"] == "True" }

        if object["metadata"]["deletionTimestamp"] != .null {
            self = .terminating
        } else if status["observedGeneration"] != .null,
            status["observedGeneration"] != object["metadata"]["generation"]
        {
            self = .inProgress
        } else if holds("Reconciling") {
            self = .inProgress
        } else if holds("Stalled") {
            self = .failed
        } else if condition("Ready") != nil {
            self = holds("Ready") ? .current : .inProgress
        } else {
            // An object without conditions counts as current: why a new one must not look as if it were observed.
            self = .current
        }
    }
}
