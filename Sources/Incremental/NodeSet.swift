/// A set of nodes: of mostly few, which are found without hashing.
struct NodeSet {
    /// Up to so many are searched one by one.
    private static let fewest = 8

    private var few: [Dependencies.Node] = []
    private var many: Set<Dependencies.Node>?

    var isEmpty: Bool { few.isEmpty && many?.isEmpty != false }

    /// Puts a node in, and tells whether it was not there before.
    mutating func insert(_ node: Dependencies.Node) -> Bool {
        if let isNew = many?.insert(node).inserted { return isNew }
        guard !few.contains(node) else { return false }
        few.append(node)
        if few.count > Self.fewest {
            many = Set(few)
            few = []
        }
        return true
    }

    /// Takes a node out.
    mutating func remove(_ node: Dependencies.Node) {
        if let index = few.firstIndex(of: node) {
            few.swapAt(index, few.count - 1)
            few.removeLast()
        } else {
            many?.remove(node)
        }
    }

    /// Puts the nodes at the end of a list, in no particular order.
    func append(to list: inout [Dependencies.Node]) {
        list += few
        if let many { list += many }
    }
}
