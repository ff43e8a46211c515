extension PolicyKinds {
    static let egress: [any PolicyCases] = [EgressCases()]
}
