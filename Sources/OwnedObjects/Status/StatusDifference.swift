internal import MeshModel
internal import MeshStatus

/// How the status that an object has differs from the one that it should have, the most urgent first.
enum Difference: Int, Comparable, Sendable {
    /// It is of another generation, or there is none, and what is to say of the new one is final for now.
    case generation
    /// A condition has another status or reason.
    case condition
    /// It is of another generation, and what is to say of the new one will mostly be another thing soon: it is still on
    /// its way to the proxies, or names an object that is perhaps applied with it.
    case pendingGeneration
    /// Proxies are behind a generation that they all had enforced.
    case behind
    /// Counts or words differ.
    case refresh

    static func < (left: Difference, right: Difference) -> Bool { left.rawValue < right.rawValue }

    /// The difference; `nil` if there is none that must be told.
    init?(from known: KnownStatus?, to wanted: KnownStatus) {
        let isOutside = wanted[.accepted]?.reason == .notInMesh
        // Who never was in the mesh is not spoken to.
        if isOutside, known?.conditions.isEmpty ?? true { return nil }
        let isPending = wanted[.reconciling] != nil
        guard let known, known.observedGeneration == wanted.observedGeneration, !known.conditions.isEmpty else {
            self = isPending || wanted[.resolvedRefs]?.status == .no ? .pendingGeneration : .generation
            return
        }
        let (before, after) = (known.verdicts, wanted.verdicts)
        if before == after {
            guard known.words != wanted.words || known.summary != wanted.summary else { return nil }
            self = .refresh
        } else if isPending, known[.programmed]?.status == .yes {
            self = .behind
        } else if before.mapValues(\.status) == after.mapValues(\.status), wanted[.programmed]?.status == .yes {
            // Such as `Programmed` and `NoProxyAffected`, while pods come and go.
            self = .refresh
        } else {
            self = .condition
        }
    }
}

extension KnownStatus {
    struct Verdict: Equatable {
        let status: Condition.Status
        let reason: Condition.Reason
    }

    fileprivate var verdicts: [Condition.Kind: Verdict] {
        Dictionary(conditions.map { ($0.type, Verdict(status: $0.status, reason: $0.reason)) }) { first, _ in first }
    }

    fileprivate var words: [String] { conditions.map(\.message) }

    /// What an object should have; a condition whose status stays keeps the time of its last transition.
    init(_ object: ObjectStatus, after known: KnownStatus?) {
        let conditions = object.conditions.map { condition in
            guard let old = known?[condition.type], old.status == condition.status else { return condition }
            return condition.since(old.lastTransitionTime)
        }
        self.init(
            uid: object.uid, observedGeneration: object.generation, conditions: conditions, summary: object.summary)
    }
}

extension ObjectStatus {
    /// The object's key; `nil` for a kind that is not ours.
    var key: ObjectKey? {
        ObjectKind(rawValue: kind).map {
            ObjectKey(kind: $0, name: ObjectName(namespace: namespace, name: name))
        }
    }
}

extension ObjectKind {
    /// Whether objects of this kind have a status that the mesh writes.
    var statusIsOurs: Bool { group.hasSuffix("openservicemesh.io") || group.hasSuffix("smi-spec.io") }
}
