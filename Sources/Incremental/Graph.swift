/// Derived values kept current in time proportional to what changed.
///
/// `Inputs` holds the tables; ``Query`` types say what is derived from them. A graph belongs to one task: it has no
/// locks, and no method suspends.
public final class Graph<Inputs> {
    /// The tables.
    public let inputs: Inputs
    private let dependencies = Dependencies()
    private var memos: [ObjectIdentifier: AnyObject] = [:]

    /// A graph over the tables that `makeInputs` makes.
    public init(_ makeInputs: (Dependencies) -> Inputs) { inputs = makeInputs(dependencies) }

    /// How many query bodies have run so far.
    public var evaluations: Int { dependencies.evaluations }
    /// How many values and index buckets are held.
    public var nodeCount: Int { dependencies.count }

    /// The current value for `key`, kept current until ``release(_:_:)``.
    public func demand<Q: Query<Inputs>>(_ query: Q.Type, _ key: Q.Key) -> Q.Value {
        let node = slot(query, key).node
        dependencies.demand(node)
        let current = value(query, key, reader: nil)
        // The caller has just been told.
        dependencies.takeChanged(node)
        return current
    }

    /// Ends a demand, and forgets everything that only it needed.
    ///
    /// Without a demand nothing happens.
    public func release<Q: Query<Inputs>>(_ query: Q.Type, _ key: Q.Key) {
        if let slot = memo(query).slots[key] { dependencies.release(slot.node) }
    }

    /// The demanded keys whose value differs since the last call (or the demand), with their new values.
    public func takeChanges<Q: Query<Inputs>>(to query: Q.Type) -> [Q.Key: Q.Value] {
        let memo = memo(query)
        for node in dependencies.staleDemanded where memo.slotsByNode[node] != nil { dependencies.refresh(node) }
        var changes: [Q.Key: Q.Value] = [:]
        for node in dependencies.changedDemanded {
            guard let slot = memo.slotsByNode[node], let value = slot.value else { continue }
            dependencies.takeChanged(node)
            changes[slot.key] = value
        }
        return changes
    }

    func value<Q: Query<Inputs>>(_ query: Q.Type, _ key: Q.Key, reader: Dependencies.Node?) -> Q.Value {
        let slot = slot(query, key)
        if let reader { dependencies.record(reader, reads: slot.node) }
        dependencies.refresh(slot.node)
        guard let value = slot.value else { preconditionFailure("\(Q.self) has no value after its evaluation") }
        return value
    }

    private func memo<Q: Query<Inputs>>(_: Q.Type) -> Memo<Q> {
        if let memo = memos[ObjectIdentifier(Q.self)] as? Memo<Q> { return memo }
        let memo = Memo<Q>()
        memos[ObjectIdentifier(Q.self)] = memo
        return memo
    }

    private func slot<Q: Query<Inputs>>(_ query: Q.Type, _ key: Q.Key) -> Memo<Q>.Slot {
        let memo = memo(query)
        if let slot = memo.slots[key] { return slot }
        let node = dependencies.makeQuery(
            evaluate: { [unowned self, unowned memo] node in
                let value = Q.evaluate(key, Reader(graph: self, node: node))
                guard let slot = memo.slotsByNode[node], slot.value.map({ $0 == value }) != true else { return false }
                slot.value = value
                return true
            },
            forget: { [unowned memo] node in
                memo.slotsByNode[node] = nil
                memo.slots[key] = nil
            })
        let slot = Memo<Q>.Slot(key: key, node: node)
        memo.slots[key] = slot
        memo.slotsByNode[node] = slot
        return slot
    }
}

/// The values of one query.
private final class Memo<Q: Query> {
    final class Slot {
        let key: Q.Key
        let node: Dependencies.Node
        /// `nil` before the first evaluation.
        var value: Q.Value?

        init(key: Q.Key, node: Dependencies.Node) {
            self.key = key
            self.node = node
        }
    }

    var slots: [Q.Key: Slot] = [:]
    var slotsByNode: [Dependencies.Node: Slot] = [:]
}
