internal import Logging
internal import MeshModel
internal import PolicyCompiler

/// Tells each problem of an object once, until it goes away and comes back.
struct DiagnosisReport {
    /// One problem to tell.
    struct Line: Equatable {
        let object: ObjectKey
        let problem: Problem
        /// Whether the object is not in effect at all because of it.
        let isRefused: Bool

        var metadata: Logger.Metadata {
            [
                "object": "\(object)", "problem.path": "\(problem.path)", "problem": "\(problem.message)",
                "problem.effect": isRefused ? "the object is not in effect" : "the rest of the object is in effect",
            ]
        }
    }

    private var told: [ObjectKey: Set<Problem>] = [:]

    /// The problems that are new, in the order of their objects.
    mutating func lines(for diagnoses: [ObjectKey: Diagnosis?]) -> [Line] {
        var lines: [Line] = []
        for (key, diagnosis) in diagnoses.sorted(by: { $0.key < $1.key }) {
            let before = told[key] ?? []
            let refusals = diagnosis?.refusals ?? []
            let unresolved = diagnosis?.unresolved ?? []
            for problem in refusals where !before.contains(problem) {
                lines.append(Line(object: key, problem: problem, isRefused: true))
            }
            for problem in unresolved where !before.contains(problem) {
                lines.append(Line(object: key, problem: problem, isRefused: false))
            }
            let now = Set(refusals + unresolved)
            told[key] = now.isEmpty ? nil : now
        }
        return lines
    }
}
