public import MeshModel
internal import PolicyCompiler
public import XDSCache

extension StatusTable {
    /// What is to say about every object and proxy.
    ///
    /// The times of transitions are those of the objects' last changes, and now for what depends on proxies:
    /// ``ConditionHistory`` knows better.
    ///
    /// - Parameters:
    ///   - progress: How far the proxies are, asked for after this table was copied.
    ///   - now: Now.
    ///   - isKept: Whether the words will be read later: they then name moments, not how long ago something was.
    public func report(
        _ progress: [ProxyID: ProxyProgress], at now: Timestamp, isKept: Bool = false
    ) -> StatusReport {
        let standings = ProxyStandings(self, progress)
        let uses = uses
        let objects = rows.sorted { $0.key < $1.key }.map { key, row in
            guard row.diagnosis.outside == nil else {
                return ObjectStatus(
                    key, uid: row.uid, generation: row.generation, conditions: row.conditionsOutside(key))
            }
            let count = standings.count(of: row, affecting: audience.proxies(of: key))
            return ObjectStatus(
                key, uid: row.uid, generation: row.generation,
                summary: summary(of: key, row, count, uses[key] ?? 0, progress),
                conditions: conditions(of: key, row, standings, count, now, isKept))
        }
        return StatusReport(
            revision: revision, objects: objects,
            proxies: progress.sorted { $0.key < $1.key }.map { ProxyStatus($0.key, $0.value) })
    }

    private func conditions(
        of key: ObjectKey, _ row: Row, _ standings: ProxyStandings, _ count: ProxyCount, _ now: Timestamp,
        _ isKept: Bool
    ) -> [Condition] {
        let accepted = row.condition(.accepted, row.acceptance, row.moment)
        let resolved = row.condition(.resolvedRefs, row.resolution, row.moment)
        let programmed = row.condition(
            .programmed, programming(of: key, row, standings, count, isKept ? nil : now), now)
        let missing = [accepted, resolved, programmed].first { $0.status != .yes }
        var result = [
            accepted, resolved, programmed,
            row.condition(
                .ready, missing.map { (.no, $0.reason, $0.message) } ?? (.yes, .ready, programmed.message), now),
        ]
        if programmed.reason == .pending, missing?.type == .programmed {
            result.append(row.condition(.reconciling, (.yes, programmed.reason, programmed.message), now))
        } else if let missing {
            result.append(row.condition(.stalled, (.yes, missing.reason, missing.message), now))
        }
        return result
    }

    private func programming(
        of key: ObjectKey, _ row: Row, _ standings: ProxyStandings, _ count: ProxyCount, _ now: Timestamp?
    ) -> (Condition.Status, Condition.Reason, String) {
        guard row.diagnosis.refusals.isEmpty, row.problems.isEmpty else {
            let isPartlyInEffect = key.kind == .meshConfig
            return (
                .no, .notAccepted,
                isPartlyInEffect
                    ? "fields with problems have their defaults; everything else is in effect"
                    : "the object is not accepted, so it is not in effect"
            )
        }
        if let refusal = standings.refusal(of: key) { return (.no, .proxyRejected, refusal) }
        guard count.total > 0 else { return (.yes, .noProxyAffected, "no proxy is affected") }
        return (
            count.waiting.isEmpty ? .yes : .no, count.waiting.isEmpty ? .programmed : .pending, count.message(at: now)
        )
    }
}

extension StatusTable.Row {
    fileprivate func condition(
        _ type: Condition.Kind, _ verdict: (Condition.Status, Condition.Reason, String), _ moment: Timestamp
    ) -> Condition {
        Condition(type, verdict.0, verdict.1, verdict.2, observedGeneration: generation, lastTransitionTime: moment)
    }

    /// What is to say about an object that is none of the mesh's.
    fileprivate func conditionsOutside(_ key: ObjectKey) -> [Condition] {
        [Condition.Kind.accepted, .programmed, .ready].map {
            condition($0, (.no, .notInMesh, diagnosis.outside ?? ""), moment)
        }
    }

    /// Whether the object is valid and holds what it claims.
    fileprivate var acceptance: (Condition.Status, Condition.Reason, String) {
        let refusals = diagnosis.refusals.isEmpty ? problems : diagnosis.refusals
        guard refusals.isEmpty else {
            return (.no, problems.isEmpty ? .conflicted : .invalid, Self.text(refusals))
        }
        return (.yes, .accepted, "the object is valid")
    }

    /// Whether what the object names is there.
    fileprivate var resolution: (Condition.Status, Condition.Reason, String) {
        guard diagnosis.refusals.isEmpty, problems.isEmpty else {
            return (.unknown, .notAccepted, "what an object names is looked at once it is accepted")
        }
        guard let first = diagnosis.unresolved.first else {
            return (.yes, .resolvedRefs, "everything that the object names is there")
        }
        // A name that leads nowhere is a reference's own field; else the field says how it cannot be used.
        let isMissing = first.path.hasSuffix("]") || first.path.hasSuffix(".name") || first.path.hasSuffix(".service")
        return (.no, isMissing ? .refNotFound : .refNotUsable, Self.text(diagnosis.unresolved))
    }

    /// How many problems are told; the API server takes no object of more than some megabytes.
    private static let mostProblems = 10
    /// The most characters of one: it may quote what was written.
    private static let longestProblem = 1_000

    private static func text(_ problems: [Problem]) -> String {
        let told = problems.prefix(mostProblems).map { problem in
            let text = problem.description
            return text.count <= longestProblem ? text : "\(text.prefix(longestProblem))…"
        }
        let rest = problems.count - told.count
        return told.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
    }
}
