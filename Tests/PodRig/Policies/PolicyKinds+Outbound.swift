extension PolicyKinds {
    static let outbound: [any PolicyCases] = [RetryCases(), SettingCases(), HealthCheckCases()]
}
