internal import MeshModel

/// Since when each condition has been what it is, as reports showed it.
public struct ConditionHistory: Sendable {
    private struct Key: Hashable {
        let kind: String
        let namespace: String
        let name: String
    }

    private struct Entry {
        let status: Condition.Status
        let since: Timestamp
    }

    private var entries: [Key: [Condition.Kind: Entry]] = [:]

    /// A history of nothing.
    public init() {}

    /// Puts the time of the last transition of each condition into a report, and remembers it.
    public mutating func date(_ report: inout StatusReport) {
        var entries: [Key: [Condition.Kind: Entry]] = [:]
        entries.reserveCapacity(report.objects.count)
        for index in report.objects.indices {
            let object = report.objects[index]
            let key = Key(kind: object.kind, namespace: object.namespace, name: object.name)
            let former = self.entries[key]
            var current: [Condition.Kind: Entry] = [:]
            for (number, condition) in object.conditions.enumerated() {
                let before = former?[condition.type]
                let since = before?.status == condition.status ? before?.since : nil
                current[condition.type] = Entry(
                    status: condition.status, since: since ?? condition.lastTransitionTime)
                if let since { report.objects[index].conditions[number].lastTransitionTime = since }
            }
            entries[key] = current
        }
        self.entries = entries
    }
}
