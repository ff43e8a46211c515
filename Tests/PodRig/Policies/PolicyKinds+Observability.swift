extension PolicyKinds {
    /// What is told of requests, and what the MeshConfig switches.
    static let observability: [any PolicyCases] = [RequestStatisticsCases(), MeshConfigCases(), TelemetryCases()]
}
