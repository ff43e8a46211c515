/// Input rows of one kind, read only through the indexes declared on them.
public final class Table<Row: Equatable & Identifiable & Sendable> where Row.ID: Sendable {
    private let dependencies: Dependencies
    private var rows: [Row.ID: Stored<Row>] = [:]
    private var indexes: [(_ old: Stored<Row>?, _ new: Stored<Row>?) -> Void] = []

    /// An empty table.
    public init(in dependencies: Dependencies) { self.dependencies = dependencies }

    /// Declares an index: the keys under which a row is found.
    ///
    /// Every index is declared before the first row.
    public func index<Key>(by keys: @escaping @Sendable (Row) -> [Key]) -> Index<Key, Row> {
        precondition(rows.isEmpty, "declare indexes before inserting rows")
        let index = Index<Key, Row>(in: dependencies)
        indexes.append { old, new in
            index.change(old, old.map { keys($0.row) } ?? [], new, new.map { keys($0.row) } ?? [])
        }
        return index
    }

    /// The row for `id`, for whoever changes rows; queries read through indexes.
    public subscript(id: Row.ID) -> Row? { rows[id]?.row }

    /// All rows, in no particular order, for whoever changes rows.
    public var all: [Row] { rows.values.map(\.row) }

    /// Sets the row for `id`, or removes it when `row` is `nil`.
    ///
    /// Setting an equal row changes nothing.
    public func set(_ row: Row?, for id: Row.ID) {
        let old = rows[id]
        guard old?.row != row else { return }
        dependencies.beginChange()
        let new = row.map { Stored($0) }
        rows[id] = new
        for change in indexes { change(old, new) }
    }
}

/// A row, in one place for the table and all its indexes: a pod is large.
final class Stored<Row: Sendable>: Sendable {
    let row: Row

    init(_ row: Row) { self.row = row }
}

/// Rows grouped by a key.
///
/// One bucket is one unit of dependency.
public final class Index<Key: Hashable & Sendable, Row: Identifiable & Sendable> {
    /// The rows under one key: mostly there is one, which needs no dictionary.
    private enum Bucket {
        case one(Stored<Row>)
        case many([Row.ID: Stored<Row>])
    }

    private let dependencies: Dependencies
    private var buckets: [Key: Bucket] = [:]
    private var nodes: [Key: Dependencies.Node] = [:]

    init(in dependencies: Dependencies) { self.dependencies = dependencies }

    func change(_ old: Stored<Row>?, _ oldKeys: [Key], _ new: Stored<Row>?, _ newKeys: [Key]) {
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
        for key in oldKeys.subtracting(newKeys) { remove(old.row.id, under: key) }
        if let new {
            for key in newKeys { set(new, under: key) }
        }
        for key in oldKeys.union(newKeys) {
            if let node = nodes[key] { dependencies.inputChanged(node) }
        }
    }

    func rows(under key: Key, reader: Dependencies.Node) -> [Row] {
        let node = nodes[key] ?? makeNode(for: key)
        dependencies.record(reader, reads: node)
        switch buckets[key] {
        case nil: return []
        case .one(let stored): return [stored.row]
        case .many(let rows): return rows.values.map(\.row)
        }
    }

    private func set(_ new: Stored<Row>, under key: Key) {
        let id = new.row.id
        // Taken out, so that the dictionary in it is changed in place.
        switch buckets.updateValue(.one(new), forKey: key) {
        case nil: break
        case .one(let stored):
            if stored.row.id != id { buckets[key] = .many([stored.row.id: stored, id: new]) }
        case .many(var rows):
            rows[id] = new
            buckets[key] = .many(rows)
        }
    }

    private func remove(_ id: Row.ID, under key: Key) {
        switch buckets.removeValue(forKey: key) {
        case nil: break
        case .one(let stored):
            if stored.row.id != id { buckets[key] = .one(stored) }
        case .many(var rows):
            rows[id] = nil
            if !rows.isEmpty { buckets[key] = .many(rows) }
        }
    }

    private func makeNode(for key: Key) -> Dependencies.Node {
        let node = dependencies.makeInput { [unowned self] in nodes[key] = nil }
        nodes[key] = node
        return node
    }
}
