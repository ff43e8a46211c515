/// A named pure function from a key to a value.
///
/// It may read only through its ``Reader``.
///
/// Queries must not read each other in a circle; a query that reads itself stops the program.
public protocol Query<Inputs> {
    /// The tables that are read.
    associatedtype Inputs
    /// What the value depends on beside the tables.
    associatedtype Key: Hashable & Sendable
    /// What is derived. A query that yields an equal value again leaves its readers alone.
    associatedtype Value: Equatable & Sendable

    /// The value for a key, from nothing but what `reader` gives.
    static func evaluate(_ key: Key, _ reader: Reader<Inputs>) -> Value
}

/// The only way for a query to read, so that every read is a recorded dependency.
public struct Reader<Inputs> {
    @usableFromInline let graph: Graph<Inputs>
    @usableFromInline let node: Dependencies.Node

    @inlinable
    init(graph: Graph<Inputs>, node: Dependencies.Node) {
        self.graph = graph
        self.node = node
    }

    /// The value of another query.
    @inlinable
    public func callAsFunction<Q: Query<Inputs>>(_ query: Q.Type, _ key: Q.Key) -> Q.Value {
        graph.value(query, key, reader: node)
    }

    /// A fact about the inputs that never changes; it is recorded nowhere.
    @inlinable
    public func constant<Value>(_ fact: KeyPath<Inputs, Value>) -> Value { graph.inputs[keyPath: fact] }

    /// The rows that an index holds under `key`, in no particular order.
    @inlinable
    public func callAsFunction<Key, Row>(_ index: KeyPath<Inputs, Index<Key, Row>>, _ key: Key) -> [Row] {
        graph.inputs[keyPath: index].rows(under: key, reader: node)
    }
}
