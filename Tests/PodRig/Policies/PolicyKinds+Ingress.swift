extension PolicyKinds {
    static let ingress: [any PolicyCases] = [IngressCases()]
}
