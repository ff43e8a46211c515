/// Which values were read to make which others, and which of them a change has made stale.
///
/// Nodes are of two kinds: inputs, which change from outside, and queries, which are evaluated again from what they
/// read. A query whose inputs all turn out equal is not evaluated, and one that evaluates to an equal value leaves
/// its own readers alone.
public final class Dependencies {
    @usableFromInline typealias Node = Int

    private struct Entry {
        /// What was read by the last evaluation, in the order of the first reads.
        var dependencies: [Node] = []
        var dependents = NodeSet()
        /// The revision at which the value last differed from the one before.
        var changed: UInt64 = 0
        /// The revision at which the value was last known current; 0 before the first evaluation.
        var verified: UInt64 = 0
        var isStale = false
        var isDemanded = false
        var isEvaluating = false
        var isFree = false
        /// Evaluates the query and returns whether its value differs; `nil` for an input.
        var evaluate: ((Node) -> Bool)?
        var forget: (Node) -> Void = { _ in }
    }

    private var entries: [Entry] = []
    private var free: [Node] = []
    private var revision: UInt64 = 1
    /// The demanded queries that a change may have reached.
    @usableFromInline private(set) var staleDemanded: Set<Node> = []
    /// The demanded queries whose value differs and was not taken yet.
    @usableFromInline private(set) var changedDemanded: Set<Node> = []
    private(set) var evaluations = 0

    var count: Int { entries.count - free.count }

    @usableFromInline func makeInput(forget: @escaping () -> Void) -> Node { make(Entry(forget: { _ in forget() })) }

    @usableFromInline func makeQuery(evaluate: @escaping (Node) -> Bool, forget: @escaping (Node) -> Void) -> Node {
        make(Entry(isStale: true, evaluate: evaluate, forget: forget))
    }

    @usableFromInline func beginChange() { revision += 1 }

    /// Marks everything that was made from an input as stale.
    @usableFromInline func inputChanged(_ node: Node) {
        entries[node].changed = revision
        var pending: [Node] = []
        entries[node].dependents.append(to: &pending)
        while let next = pending.popLast() {
            guard !entries[next].isStale else { continue }
            entries[next].isStale = true
            if entries[next].isDemanded { staleDemanded.insert(next) }
            entries[next].dependents.append(to: &pending)
        }
    }

    @usableFromInline func record(_ reader: Node, reads node: Node) {
        if entries[node].dependents.insert(reader) { entries[reader].dependencies.append(node) }
    }

    /// Makes a node current.
    @usableFromInline func refresh(_ node: Node) {
        guard entries[node].isStale, let evaluate = entries[node].evaluate else { return }
        precondition(!entries[node].isEvaluating, "a query reads itself")
        if mustEvaluate(node) {
            evaluations += 1
            let old = entries[node].dependencies
            entries[node].dependencies = []
            for dependency in old { entries[dependency].dependents.remove(node) }
            entries[node].isEvaluating = true
            if evaluate(node) {
                entries[node].changed = revision
                if entries[node].isDemanded { changedDemanded.insert(node) }
            }
            entries[node].isEvaluating = false
            for dependency in old { collect(dependency) }
        }
        entries[node].verified = revision
        entries[node].isStale = false
        staleDemanded.remove(node)
    }

    @usableFromInline func demand(_ node: Node) { entries[node].isDemanded = true }

    @usableFromInline func release(_ node: Node) {
        entries[node].isDemanded = false
        staleDemanded.remove(node)
        changedDemanded.remove(node)
        collect(node)
    }

    @usableFromInline func takeChanged(_ node: Node) { changedDemanded.remove(node) }

    /// Whether something that the query read differs since.
    ///
    /// In the order of the reads, so that a read that was made only because an earlier one had a certain value is not
    /// repeated once that value differs.
    private func mustEvaluate(_ node: Node) -> Bool {
        let verified = entries[node].verified
        guard verified > 0 else { return true }
        for dependency in entries[node].dependencies {
            refresh(dependency)
            if entries[dependency].changed > verified { return true }
        }
        return false
    }

    private func make(_ entry: Entry) -> Node {
        if let node = free.popLast() {
            entries[node] = entry
            return node
        }
        entries.append(entry)
        return entries.count - 1
    }

    /// Frees `node` if nothing reads or demands it, then whatever only it read.
    private func collect(_ node: Node) {
        var pending = [node]
        while let next = pending.popLast() {
            guard entries[next].dependents.isEmpty, !entries[next].isDemanded, !entries[next].isFree else { continue }
            let dependencies = entries[next].dependencies
            entries[next].forget(next)
            entries[next] = Entry(isFree: true)
            free.append(next)
            for dependency in dependencies {
                entries[dependency].dependents.remove(next)
                pending.append(dependency)
            }
        }
    }
}
