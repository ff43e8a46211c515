/// Input rows of one kind, read only through the indexes declared on them.
public final class Table<Row: Equatable & Identifiable & Sendable> where Row.ID: Sendable {
    private let dependencies: Dependencies
    private var rows: [Row.ID: Row] = [:]
    private var indexes: [(_ old: Row?, _ new: Row?) -> Void] = []

    /// An empty table.
    public init(in dependencies: Dependencies) { self.dependencies = dependencies }

    /// Declares an index: the keys under which a row is found.
    ///
    /// Every index is declared before the first row.
    public func index<Key>(by keys: @escaping @Sendable (Row) -> [Key]) -> Index<Key, Row> {
        precondition(rows.isEmpty, "declare indexes before inserting rows")
        let index = Index<Key, Row>(in: dependencies)
        indexes.append { old, new in index.change(old, old.map(keys) ?? [], new, new.map(keys) ?? []) }
        return index
    }

    /// The row for `id`, for whoever changes rows; queries read through indexes.
    public subscript(id: Row.ID) -> Row? { rows[id] }

    /// Sets the row for `id`, or removes it when `row` is `nil`.
    ///
    /// Setting an equal row changes nothing.
    public func set(_ row: Row?, for id: Row.ID) {
        let old = rows[id]
        guard old != row else { return }
        dependencies.beginChange()
        rows[id] = row
        for change in indexes { change(old, row) }
    }
}

/// Rows grouped by a key.
///
/// One bucket is one unit of dependency.
public final class Index<Key: Hashable & Sendable, Row: Identifiable> {
    private let dependencies: Dependencies
    private var buckets: [Key: [Row.ID: Row]] = [:]
    private var nodes: [Key: Dependencies.Node] = [:]

    init(in dependencies: Dependencies) { self.dependencies = dependencies }

    func change(_ old: Row?, _ oldKeys: [Key], _ new: Row?, _ newKeys: [Key]) {
        let oldKeys = Set(oldKeys)
        let newKeys = Set(newKeys)
        if let old {
            for key in oldKeys.subtracting(newKeys) {
                buckets[key]?[old.id] = nil
                if buckets[key]?.isEmpty == true { buckets[key] = nil }
            }
        }
        if let new {
            for key in newKeys { buckets[key, default: [:]][new.id] = new }
        }
        for key in oldKeys.union(newKeys) {
            if let node = nodes[key] { dependencies.inputChanged(node) }
        }
    }

    func rows(under key: Key, reader: Dependencies.Node) -> [Row] {
        let node = nodes[key] ?? makeNode(for: key)
        dependencies.record(reader, reads: node)
        return buckets[key].map { Array($0.values) } ?? []
    }

    private func makeNode(for key: Key) -> Dependencies.Node {
        let node = dependencies.makeInput { [unowned self] in nodes[key] = nil }
        nodes[key] = node
        return node
    }
}
