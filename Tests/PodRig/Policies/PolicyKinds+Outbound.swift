extension PolicyKinds {
    static let outbound: [any PolicyCases] = []
}
