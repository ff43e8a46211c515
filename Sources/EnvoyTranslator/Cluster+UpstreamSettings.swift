internal import EnvoyAPI
internal import MeshPolicy
internal import SwiftProtobuf

extension Envoy.Cluster {
    /// Sets how pods are chosen, probed and left out.
    ///
    /// - Parameter serverName: The server name of the service, the `Host` of probes.
    mutating func choosePods(by settings: UpstreamSettings, serverName: String) {
        switch settings.balancing {
        case .roundRobin: lbPolicy = .roundRobin
        case .leastRequest: lbPolicy = .leastRequest
        case .ringHash: lbPolicy = .ringHash
        }
        if let detection = settings.outlierDetection { outlierDetection = .init(detection) }
        if let check = settings.healthCheck { healthChecks = [.init(check, serverName: serverName)] }
    }
}

extension Envoy.OutlierDetection {
    /// Only what was asked for puts a pod out: Envoy would add rates of success of its own.
    fileprivate init(_ detection: UpstreamSettings.OutlierDetection) {
        self.init()
        enforcingSuccessRate = .init(0)
        enforcingFailurePercentage = .init(0)
        // A count of 0 would put every pod out.
        enforcingConsecutive5Xx = .init(detection.consecutive5xx > 0 ? 100 : 0)
        if detection.consecutive5xx > 0 { consecutive5Xx = .init(detection.consecutive5xx) }
        enforcingConsecutiveGatewayFailure = .init(detection.consecutiveGatewayErrors > 0 ? 100 : 0)
        if detection.consecutiveGatewayErrors > 0 {
            consecutiveGatewayFailure = .init(detection.consecutiveGatewayErrors)
        }
        if let limit = detection.interval { interval = .init(limit) }
        if let limit = detection.baseEjectionTime {
            baseEjectionTime = .init(limit)
            // Envoy refuses a greatest time below the first.
            maxEjectionTime = .init(max(limit, .seconds(300)))
        }
        if let percent = detection.maxEjectionPercent { maxEjectionPercent = .init(percent) }
        // Of a few pods a tenth is none.
        alwaysEjectOneHost = .init(detection.maxEjectionPercent != 0)
    }
}

extension Envoy.HealthCheck {
    fileprivate init(_ check: UpstreamSettings.HealthCheck, serverName: String) {
        self.init()
        timeout = .init(check.timeout)
        interval = .init(check.interval)
        healthyThreshold = .init(check.healthyThreshold)
        unhealthyThreshold = .init(check.unhealthyThreshold)
        switch check.probe {
        case .connection: tcpHealthCheck = .init()
        case .request(let path):
            httpHealthCheck.host = serverName
            httpHealthCheck.path = path
        case .proxy:
            var mark = Envoy.HeaderValueOption()
            mark.header.key = HealthCheckAnswers.header
            mark.header.value = "1"
            httpHealthCheck.host = serverName
            httpHealthCheck.path = HealthCheckAnswers.path
            httpHealthCheck.requestHeadersToAdd = [mark]
            return
        }
        // Envoy would look once a minute at pods that nobody calls, and then be late.
        noTrafficInterval = .init(check.interval)
    }
}
