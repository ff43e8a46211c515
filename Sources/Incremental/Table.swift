/// Input rows of one kind, read only through the indexes declared on them.
public final class Table<Row: Equatable & Identifiable & Sendable> where Row.ID: Sendable {
    @usableFromInline let dependencies: Dependencies
    @usableFromInline var rows: [Row.ID: Row] = [:]
    @usableFromInline var indexes: [(_ old: Row?, _ new: Row?) -> Void] = []

    /// An empty table.
    @inlinable
    public init(in dependencies: Dependencies) { self.dependencies = dependencies }

    /// Declares an index: the keys under which a row is found.
    ///
    /// Every index is declared before the first row.
    @inlinable
    public func index<Key>(by keys: @escaping @Sendable (Row) -> [Key]) -> Index<Key, Row> {
        precondition(rows.isEmpty, "declare indexes before inserting rows")
        let index = Index<Key, Row>(in: dependencies)
        indexes.append { old, new in
            index.change(old, old.map(keys) ?? [], new, new.map(keys) ?? [])
        }
        return index
    }

    /// The row for `id`, for whoever changes rows; queries read through indexes.
    @inlinable
    public subscript(id: Row.ID) -> Row? { rows[id] }

    /// All rows, in no particular order, for whoever changes rows.
    public var all: [Row] { Array(rows.values) }

    /// Sets the row for `id`, or removes it when `row` is `nil`.
    ///
    /// Setting an equal row changes nothing.
    @inlinable
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
public final class Index<Key: Hashable & Sendable, Row: Identifiable & Sendable> {
    /// The rows under one key: mostly there is one, which needs no dictionary.
    @usableFromInline
    enum Bucket {
        case one(Row)
        case many([Row.ID: Row])
    }

    @usableFromInline let dependencies: Dependencies
    @usableFromInline var buckets: [Key: Bucket] = [:]
    @usableFromInline var nodes: [Key: Dependencies.Node] = [:]

    @inlinable
    init(in dependencies: Dependencies) { self.dependencies = dependencies }

    @inlinable
    func change(_ old: Row?, _ oldKeys: [Key], _ new: Row?, _ newKeys: [Key]) {
        guard let old else {
            // A new row, as they all are at first.
            for key in newKeys {
                if let new { set(new, under: key) }
                if let node = nodes[key] { dependencies.inputChanged(node) }
            }
            return
        }
        let oldKeys = Set(oldKeys)
        let newKeys = Set(newKeys)
        for key in oldKeys.subtracting(newKeys) { remove(old.id, under: key) }
        if let new {
            for key in newKeys { set(new, under: key) }
        }
        for key in oldKeys.union(newKeys) {
            if let node = nodes[key] { dependencies.inputChanged(node) }
        }
    }

    @inlinable
    func rows(under key: Key, reader: Dependencies.Node) -> [Row] {
        let node = nodes[key] ?? makeNode(for: key)
        dependencies.record(reader, reads: node)
        switch buckets[key] {
        case nil: return []
        case .one(let row): return [row]
        case .many(let rows): return Array(rows.values)
        }
    }

    @inlinable
    func set(_ new: Row, under key: Key) {
        let id = new.id
        // Taken out, so that the dictionary in it is changed in place.
        switch buckets.updateValue(.one(new), forKey: key) {
        case nil: break
        case .one(let old):
            if old.id != id { buckets[key] = .many([old.id: old, id: new]) }
        case .many(var rows):
            rows[id] = new
            buckets[key] = .many(rows)
        }
    }

    @inlinable
    func remove(_ id: Row.ID, under key: Key) {
        switch buckets.removeValue(forKey: key) {
        case nil: break
        case .one(let row):
            if row.id != id { buckets[key] = .one(row) }
        case .many(var rows):
            rows[id] = nil
            if !rows.isEmpty { buckets[key] = .many(rows) }
        }
    }

    @inlinable
    func makeNode(for key: Key) -> Dependencies.Node {
        let node = dependencies.makeInput { [unowned self] in nodes[key] = nil }
        nodes[key] = node
        return node
    }
}
