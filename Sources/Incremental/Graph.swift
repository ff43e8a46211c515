/// Derived values kept current in time proportional to what changed.
///
/// `Inputs` holds the tables; ``Query`` types say what is derived from them. A graph belongs to one task: it has no
/// locks, and no method suspends. What is generic is inlinable: compiled once for each query, where its key and its value
/// are known, it needs no tables of types.
public final class Graph<Inputs> {
    /// The tables.
    public let inputs: Inputs
    @usableFromInline let dependencies = Dependencies()
    @usableFromInline var memos: [ObjectIdentifier: AnyObject] = [:]

    /// A graph over the tables that `makeInputs` makes.
    public init(_ makeInputs: (Dependencies) -> Inputs) { inputs = makeInputs(dependencies) }

    /// How many query bodies have run so far.
    public var evaluations: Int { dependencies.evaluations }
    /// How many values and index buckets are held.
    public var nodeCount: Int { dependencies.count }

    /// The current value for `key`, kept current until ``release(_:_:)``.
    @inlinable
    public func demand<Q: Query<Inputs>>(_ query: Q.Type, _ key: Q.Key) -> Q.Value {
        let memo = memo(query)
        let slot = slot(memo, key)
        memo.demanded[slot.node] = slot
        dependencies.demand(slot.node)
        let current = value(of: slot)
        // The caller has just been told.
        dependencies.takeChanged(slot.node)
        return current
    }

    /// Ends a demand, and forgets everything that only it needed.
    ///
    /// Without a demand nothing happens.
    @inlinable
    public func release<Q: Query<Inputs>>(_ query: Q.Type, _ key: Q.Key) {
        let memo = memo(query)
        guard let slot = memo.slots[key] else { return }
        memo.demanded[slot.node] = nil
        dependencies.release(slot.node)
    }

    /// The demanded keys whose value differs since the last call (or the demand), with their new values.
    @inlinable
    public func takeChanges<Q: Query<Inputs>>(to query: Q.Type) -> [Q.Key: Q.Value] {
        let memo = memo(query)
        for node in dependencies.staleDemanded where memo.demanded[node] != nil { dependencies.refresh(node) }
        var changes: [Q.Key: Q.Value] = [:]
        for node in dependencies.changedDemanded {
            guard let slot = memo.demanded[node], let value = slot.value else { continue }
            dependencies.takeChanged(node)
            changes[slot.key] = value
        }
        return changes
    }

    @inlinable
    func value<Q: Query<Inputs>>(_ query: Q.Type, _ key: Q.Key, reader: Dependencies.Node) -> Q.Value {
        let slot = slot(memo(query), key)
        dependencies.record(reader, reads: slot.node)
        return value(of: slot)
    }

    @inlinable
    func value<Q: Query<Inputs>>(of slot: Memo<Q>.Slot) -> Q.Value {
        dependencies.refresh(slot.node)
        guard let value = slot.value else { preconditionFailure("\(Q.self) has no value after its evaluation") }
        return value
    }

    @inlinable
    func memo<Q: Query<Inputs>>(_: Q.Type) -> Memo<Q> {
        if let memo = memos[ObjectIdentifier(Q.self)] as? Memo<Q> { return memo }
        let memo = Memo<Q>()
        memos[ObjectIdentifier(Q.self)] = memo
        return memo
    }

    @inlinable
    func slot<Q: Query<Inputs>>(_ memo: Memo<Q>, _ key: Q.Key) -> Memo<Q>.Slot {
        if let slot = memo.slots[key] { return slot }
        let slot = Memo<Q>.Slot(key: key)
        slot.node = dependencies.makeQuery(
            evaluate: { [unowned self] node in
                let value = Q.evaluate(slot.key, Reader(graph: self, node: node))
                guard slot.value.map({ $0 == value }) != true else { return false }
                slot.value = value
                return true
            },
            forget: { [unowned memo] _ in memo.slots[slot.key] = nil })
        memo.slots[key] = slot
        return slot
    }
}

/// The values of one query.
@usableFromInline
final class Memo<Q: Query> {
    @usableFromInline
    final class Slot {
        @usableFromInline let key: Q.Key
        /// Set once, as soon as there is a node.
        @usableFromInline var node: Dependencies.Node = -1
        /// `nil` before the first evaluation.
        @usableFromInline var value: Q.Value?

        @inlinable
        init(key: Q.Key) { self.key = key }
    }

    @usableFromInline var slots: [Q.Key: Slot] = [:]
    /// Those of the keys that are demanded.
    @usableFromInline var demanded: [Dependencies.Node: Slot] = [:]

    @inlinable
    init() {}
}
