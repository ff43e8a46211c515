extension PolicyKinds {
    static let limits: [any PolicyCases] = [LimitCases(), GlobalLimitCases()]
}
