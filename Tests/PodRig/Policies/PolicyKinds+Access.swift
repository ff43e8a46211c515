extension PolicyKinds {
    /// Who may call whom, and which version answers.
    static let access: [any PolicyCases] = [
        NoPolicyCases(), NamespaceCases(), TrafficTargetCases(), HTTPRouteGroupCases(), TCPRouteCases(),
        TrafficSplitCases(),
    ]
}
