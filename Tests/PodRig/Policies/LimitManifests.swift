/// UpstreamTrafficSettings with rate limits, as the cases of limits need them.
enum LimitManifests {
    /// The name by which proxies find the rate limit server in the pod `tools`.
    static let serverHost = "tools.tools.svc.cluster.local"
    static let serverPort: UInt16 = 8081

    /// An UpstreamTrafficSetting of a Service in `shop`.
    ///
    /// - Parameters:
    ///   - creation: When it was made.
    ///   - spec: YAML, indented by two.
    static func setting(
        _ name: String, of host: String, in namespace: String = "shop", creation: String? = nil, _ spec: String
    ) -> String {
        let time = creation.map { "  creationTimestamp: \"\($0)\"\n" } ?? ""
        return PolicyManifests.head("policy.openservicemesh.io/v1alpha1", "UpstreamTrafficSetting", name, in: namespace)
            + time + "spec:\n  host: \(host)\n" + spec
    }

    /// The `rateLimit` of a local limit of requests.
    ///
    /// - Parameter more: further fields, indented by eight.
    static func requests(_ count: Int, _ unit: String, _ more: String = "") -> String {
        "  rateLimit:\n    local:\n      http:\n        requests: \(count)\n        unit: \(unit)\n" + more
    }

    /// The `rateLimit` of a local limit of connections.
    static func connections(_ count: Int, _ unit: String, burst: Int = 0) -> String {
        "  rateLimit:\n    local:\n      tcp:\n        connections: \(count)\n        unit: \(unit)\n"
            + "        burst: \(burst)\n"
    }

    /// An entry of `httpRoutes` with a local limit.
    static func route(_ path: String, _ count: Int, _ unit: String) -> String {
        "  - path: \(path)\n    rateLimit:\n      local:\n        requests: \(count)\n        unit: \(unit)\n"
    }

    /// The `rateLimit` of a global limit of requests.
    ///
    /// - Parameters:
    ///   - entries: One descriptor for each, its `entries` as a flow sequence.
    ///   - more: further fields, indented by eight.
    static func globalRequests(_ entries: [String], _ more: String = "") -> String {
        "  rateLimit:\n    global:\n      http:\n" + server + "        domain: shop\n        timeout: 2s\n" + more
            + descriptors(entries)
    }

    /// The `rateLimit` of a global limit of connections.
    static func globalConnections(_ entries: [String], _ more: String = "") -> String {
        "  rateLimit:\n    global:\n      tcp:\n" + server + "        domain: connections\n        timeout: 2s\n" + more
            + descriptors(entries)
    }

    private static let server =
        "        rateLimitService:\n          host: \(serverHost)\n          port: \(serverPort)\n"

    private static func descriptors(_ entries: [String]) -> String {
        entries.isEmpty
            ? "" : "        descriptors:\n" + entries.map { "        - entries: [\($0)]\n" }.joined()
    }
}
