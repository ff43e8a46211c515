extension PolicyKinds {
    static let observability: [any PolicyCases] = []
}
