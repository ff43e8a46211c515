import MeshModel
import MeshPolicy

extension UpstreamSettings {
    /// What a valid setting says of clusters.
    init(_ setting: UpstreamTrafficSetting) {
        self.init()
        let (tcp, http) = (setting.connectionSettings?.tcp, setting.connectionSettings?.http)
        limits.connections = tcp?.maxConnections.map { UInt32(clamping: $0) }
        limits.pendingRequests = http?.maxPendingRequests.map { UInt32(clamping: $0) }
        limits.requests = http?.maxRequests.map { UInt32(clamping: $0) }
        limits.retries = http?.maxRetries.map { UInt32(clamping: $0) }
        connectTimeout = tcp?.connectTimeout?.duration
        requestsPerConnection = http?.maxRequestsPerConnection.flatMap { $0 == 0 ? nil : UInt32(clamping: $0) }
        idleTimeout = http?.idleTimeout?.duration
        outlierDetection = setting.outlierDetection.map(OutlierDetection.init)
        healthCheck = setting.healthCheck.map(HealthCheck.init)
        switch setting.loadBalancing?.effectivePolicy {
        case .leastRequest: balancing = .leastRequest
        case .ringHash: balancing = .ringHash
        case .roundRobin, nil: balancing = .roundRobin
        }
        retryBudget = setting.retryBudget.map { budget in
            // Envoy's own where nothing is written.
            RetryBudget(
                percent: UInt32(clamping: budget.percent ?? 20),
                minConcurrency: UInt32(clamping: budget.minConcurrency ?? 3))
        }
    }
}

extension UpstreamSettings.OutlierDetection {
    fileprivate init(_ detection: UpstreamTrafficSetting.OutlierDetection) {
        self.init(
            consecutive5xx: UInt32(clamping: detection.consecutive5xx ?? 0),
            consecutiveGatewayErrors: UInt32(clamping: detection.consecutiveGatewayErrors ?? 0),
            interval: detection.interval?.duration, baseEjectionTime: detection.baseEjectionTime?.duration,
            maxEjectionPercent: detection.maxEjectionPercent.map { UInt32(clamping: $0) })
    }
}

extension UpstreamSettings.HealthCheck {
    /// How proxies probe each other, with the original's figures.
    static let ofProxies = UpstreamSettings.HealthCheck(
        probe: .proxy, port: nil, interval: .seconds(10), timeout: .seconds(1), healthyThreshold: 1,
        unhealthyThreshold: 3)

    /// What nobody wrote is as in ``ofProxies``.
    fileprivate init(_ check: UpstreamTrafficSetting.HealthCheck) {
        let standard = Self.ofProxies
        self.init(
            probe: check.path.map { .request(path: $0) } ?? .connection,
            port: check.port.flatMap(UInt16.init(exactly:)), interval: check.interval?.duration ?? standard.interval,
            timeout: check.timeout?.duration ?? standard.timeout,
            healthyThreshold: check.healthyThreshold.map { UInt32(clamping: $0) } ?? standard.healthyThreshold,
            unhealthyThreshold: check.unhealthyThreshold.map { UInt32(clamping: $0) } ?? standard.unhealthyThreshold)
    }
}

extension WrittenDuration {
    /// The time as a limit; `nil` for none, which is also what 0 means.
    var limit: Duration? { duration.flatMap { $0 == .zero ? nil : $0 } }
}
