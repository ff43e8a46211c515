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
    public func report(_ progress: [ProxyID: ProxyProgress], at now: Timestamp) -> StatusReport {
        let standings = ProxyStandings(self, progress)
        let objects = rows.sorted { $0.key < $1.key }.map { key, row in
            ObjectStatus(key, generation: row.generation, conditions: conditions(of: key, row, standings, now))
        }
        return StatusReport(
            revision: revision, objects: objects,
            proxies: progress.sorted { $0.key < $1.key }.map { ProxyStatus($0.key, $0.value) })
    }

    private func conditions(
        of key: ObjectKey, _ row: Row, _ standings: ProxyStandings, _ now: Timestamp
    ) -> [Condition] {
        func condition(
            _ type: Condition.Kind, _ verdict: (Condition.Status, Condition.Reason, String), _ moment: Timestamp
        ) -> Condition {
            Condition(
                type, verdict.0, verdict.1, verdict.2, observedGeneration: row.generation, lastTransitionTime: moment)
        }
        let accepted = condition(.accepted, row.acceptance, row.moment)
        let resolved = condition(.resolvedRefs, row.resolution, row.moment)
        let programmed = condition(.programmed, programming(of: key, row, standings, now), now)
        let missing = [accepted, resolved, programmed].first { $0.status != .yes }
        var result = [
            accepted, resolved, programmed,
            condition(
                .ready, missing.map { (.no, $0.reason, $0.message) } ?? (.yes, .ready, programmed.message), now),
        ]
        if programmed.reason == .pending, missing?.type == .programmed {
            result.append(condition(.reconciling, (.yes, programmed.reason, programmed.message), now))
        } else if let missing {
            result.append(condition(.stalled, (.yes, missing.reason, missing.message), now))
        }
        return result
    }

    private func programming(
        of key: ObjectKey, _ row: Row, _ standings: ProxyStandings, _ now: Timestamp
    ) -> (Condition.Status, Condition.Reason, String) {
        guard row.diagnosis.refusals.isEmpty, row.problems.isEmpty else {
            return (.no, .notAccepted, "the object is not accepted, so it is not in effect")
        }
        if let refusal = standings.refusal(of: key) { return (.no, .proxyRejected, refusal) }
        let count = standings.count(of: row, affecting: audience.proxies(of: key))
        guard count.total > 0 else { return (.yes, .noProxyAffected, "no proxy is affected") }
        return (
            count.waiting.isEmpty ? .yes : .no, count.waiting.isEmpty ? .programmed : .pending, count.message(at: now)
        )
    }
}

extension StatusTable.Row {
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

    private static func text(_ problems: [Problem]) -> String {
        problems.map(\.description).joined(separator: "; ")
    }
}
