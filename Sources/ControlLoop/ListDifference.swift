/// What two lists do not have in common.
///
/// Found in one pass, without hashing. Of sorted lists it is the least; of others it may name an element as both removed
/// and added, which comes to the same for whoever counts.
struct ListDifference<Element: Comparable>: Equatable {
    /// What only the former has.
    private(set) var removed: [Element] = []
    /// What only the latter has.
    private(set) var added: [Element] = []

    /// The difference between a former list and the latter.
    init(from old: [Element], to new: [Element]) {
        var (former, latter) = (old[...], new[...])
        while let first = former.first, let second = latter.first {
            if first == second {
                former.removeFirst()
                latter.removeFirst()
            } else if first < second {
                removed.append(first)
                former.removeFirst()
            } else {
                added.append(second)
                latter.removeFirst()
            }
        }
        removed += former
        added += latter
    }
}
