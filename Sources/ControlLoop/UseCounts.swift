/// How many holders each element has.
struct UseCounts<Element: Hashable> {
    private var counts: [Element: Int] = [:]

    /// Whether anybody holds the element.
    func contains(_ element: Element) -> Bool { counts[element] != nil }

    /// Adds a holder.
    ///
    /// - Returns: Whether it is the first.
    mutating func hold(_ element: Element) -> Bool {
        counts[element, default: 0] += 1
        return counts[element] == 1
    }

    /// Takes away a holder.
    ///
    /// - Returns: Whether it was the last.
    mutating func release(_ element: Element) -> Bool {
        guard let count = counts[element] else { return false }
        counts[element] = count > 1 ? count - 1 : nil
        return count == 1
    }
}
