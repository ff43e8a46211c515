extension UpstreamTrafficSetting {
    /// The host, the ranges of numbers, durations, words, expressions and sizes of every field.
    ///
    /// Whether the Service of the host exists, and whether an older setting holds it, is not looked at here.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        checkHost(&list)
        if let connectionSettings { Self.check(connectionSettings, "spec.connectionSettings", &list) }
        if let outlierDetection { Self.check(outlierDetection, "spec.outlierDetection", &list) }
        if let healthCheck { Self.check(healthCheck, "spec.healthCheck", &list) }
        if let loadBalancing { Self.check(loadBalancing, "spec.loadBalancing", &list) }
        if let retryBudget {
            list.checkNumber(retryBudget.percent, "spec.retryBudget.percent", 0...100)
            list.checkNumber(retryBudget.minConcurrency, "spec.retryBudget.minConcurrency", WireNumber.counts)
        }
        checkRateLimits(&list)
        return list.problems
    }

    private func checkHost(_ list: inout ProblemList) {
        guard !host.isEmpty else { return list.add("spec.host", "is missing: write a Service, or an external host") }
        guard service == nil else { return }
        let labels = hostLabels
        // Such a host is a Service's, whatever its namespace.
        if labels.count >= 3, labels[2] == Self.clusterLabels[0],
            Array(labels.dropFirst(2)) == Array(Self.clusterLabels.prefix(labels.count - 2))
        {
            return list.add(
                "spec.host",
                "`\(host)` is not a Service of this namespace, `\(metadata.namespace)`: "
                    + "only who may edit a namespace sets what its services take")
        }
        let pattern = host.hasPrefix("*.") ? String(host.dropFirst(2)) : host
        if !DNSName.isSubdomain(pattern.lowercased()), IPAddress(host) == nil {
            list.add(
                "spec.host",
                "`\(host)` is not a host: write `<service>.\(metadata.namespace).svc.cluster.local`, "
                    + "or an external host such as example.com")
        }
    }

    private static func check(_ settings: ConnectionSettings, _ path: String, _ list: inout ProblemList) {
        if let tcp = settings.tcp {
            list.checkNumber(tcp.maxConnections, "\(path).tcp.maxConnections", WireNumber.counts)
            list.checkDuration(tcp.connectTimeout, "\(path).tcp.connectTimeout", mustBePositive: true)
            list.checkDuration(tcp.idleTimeout, "\(path).tcp.idleTimeout")
        }
        if let http = settings.http {
            list.checkNumber(http.maxRequests, "\(path).http.maxRequests", WireNumber.counts)
            list.checkNumber(
                http.maxRequestsPerConnection, "\(path).http.maxRequestsPerConnection", WireNumber.counts)
            list.checkNumber(http.maxPendingRequests, "\(path).http.maxPendingRequests", WireNumber.counts)
            list.checkNumber(http.maxRetries, "\(path).http.maxRetries", WireNumber.counts)
            list.checkDuration(http.requestTimeout, "\(path).http.requestTimeout")
            list.checkDuration(http.idleTimeout, "\(path).http.idleTimeout")
        }
    }

    private static func check(_ detection: OutlierDetection, _ path: String, _ list: inout ProblemList) {
        list.checkNumber(detection.consecutive5xx, "\(path).consecutive5xx", WireNumber.counts)
        list.checkNumber(detection.consecutiveGatewayErrors, "\(path).consecutiveGatewayErrors", WireNumber.counts)
        list.checkDuration(
            detection.interval, "\(path).interval", mustBePositive: true, least: ProblemList.shortestInterval)
        list.checkDuration(
            detection.baseEjectionTime, "\(path).baseEjectionTime", mustBePositive: true,
            least: ProblemList.shortestInterval)
        list.checkNumber(detection.maxEjectionPercent, "\(path).maxEjectionPercent", 0...100)
    }

    private static func check(_ check: HealthCheck, _ path: String, _ list: inout ProblemList) {
        if let target = check.path {
            if !target.hasPrefix("/") {
                list.add("\(path).path", "`\(target)` is not a path: write one such as /healthz, or none for TCP")
            } else if target.utf8.count > longestText {
                list.add("\(path).path", "is longer than \(longestText) bytes")
            } else if !target.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
                list.add("\(path).path", "has a character that no path has: write others as %xx")
            }
        }
        if let port = check.port { list.checkPort(port, "\(path).port") }
        list.checkDuration(
            check.interval, "\(path).interval", mustBePositive: true, least: ProblemList.shortestInterval)
        list.checkDuration(check.timeout, "\(path).timeout", mustBePositive: true)
        list.checkNumber(check.healthyThreshold, "\(path).healthyThreshold", WireNumber.positive)
        list.checkNumber(check.unhealthyThreshold, "\(path).unhealthyThreshold", WireNumber.positive)
    }

    private static func check(_ balancing: LoadBalancing, _ path: String, _ list: inout ProblemList) {
        let words = LoadBalancing.Policy.allCases.map(\.rawValue)
        if let policy = balancing.policy { list.checkWord(policy, "\(path).policy", oneOf: words) }
        let isRingHash = balancing.policy == LoadBalancing.Policy.ringHash.rawValue
        guard let hash = balancing.hash else {
            if isRingHash { list.add("\(path).hash", "is missing: write header, cookie or sourceIP") }
            return
        }
        if !isRingHash { list.add("\(path).hash", "has no meaning without the policy ringHash: write that policy") }
        if hash.sourceIP == false { list.add("\(path).hash.sourceIP", "has no meaning if false: leave it out") }
        list.checkOne(
            of: ["header": hash.header != nil, "cookie": hash.cookie != nil, "sourceIP": hash.sourceIP != nil],
            "\(path).hash")
        if let header = hash.header { list.checkHeaderName(header, "\(path).hash.header") }
        if let cookie = hash.cookie {
            list.checkHeaderName(cookie.name, "\(path).hash.cookie.name", of: "cookie")
            list.checkDuration(cookie.ttl, "\(path).hash.cookie.ttl")
        }
    }

    /// The longest text of a field that goes to proxies as it is, in bytes.
    static let longestText = 1024
}

/// The numbers that proxies take.
enum WireNumber {
    /// 32 bits without a sign.
    static let counts = 0...Int(UInt32.max)
    /// The same without 0.
    static let positive = 1...Int(UInt32.max)
}
