internal import EnvoyAPI
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

extension Envoy.Cluster {
    /// A cluster with what all clusters have in common.
    init(_ name: ResourceName, type: DiscoveryType) {
        self.init()
        self.name = name.name
        self.type = type
        // Envoy's own default, written down since retries depend on it.
        connectTimeout = .seconds(5)
    }

    /// Sets what all clusters that carry requests have in common: requests go on as they came, with no limit that nobody
    /// set.
    mutating func carryRequests(_ settings: UpstreamSettings = UpstreamSettings()) {
        var options = Envoy.UpstreamHttpProtocolOptions()
        // Both versions, each as the request came, so that websocket and gRPC pass.
        options.useDownstreamProtocolConfig.httpProtocolOptions = .init()
        options.useDownstreamProtocolConfig.http2ProtocolOptions = .init()
        if let count = settings.requestsPerConnection {
            options.commonHTTPProtocolOptions.maxRequestsPerConnection = .init(count)
        }
        if let limit = settings.idleTimeout { options.commonHTTPProtocolOptions.idleTimeout = .init(limit) }
        typedExtensionProtocolOptions = [
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options.packed()
        ]
        setLimits(settings)
    }

    /// Sets no limit on connections, requests and retries.
    mutating func liftLimits() { setLimits(UpstreamSettings()) }

    /// Sets the limits on connections, requests and retries; none where nobody set one.
    mutating func setLimits(_ settings: UpstreamSettings) {
        let limits = settings.limits
        // As in the original: Envoy's defaults of 1024 connections and 3 retries would refuse requests under load.
        var thresholds = Envoy.CircuitBreakers.Thresholds()
        thresholds.maxConnections = .init(limits.connections ?? UInt32.max)
        thresholds.maxPendingRequests = .init(limits.pendingRequests ?? UInt32.max)
        thresholds.maxRequests = .init(limits.requests ?? UInt32.max)
        thresholds.maxRetries = .init(limits.retries ?? UInt32.max)
        if let budget = settings.retryBudget {
            thresholds.retryBudget.budgetPercent.value = Double(budget.percent)
            thresholds.retryBudget.minRetryConcurrency = .init(budget.minConcurrency)
        }
        thresholds.trackRemaining = true
        circuitBreakers.thresholds = [thresholds]
    }

    /// The application at a port of the pod.
    static func local(_ name: ResourceName, port: UInt16, _ wireProtocol: WireProtocol) -> Envoy.Cluster {
        var endpoint = Envoy.LbEndpoint()
        endpoint.endpoint.address = .init("127.0.0.1", port)
        var locality = Envoy.LocalityLbEndpoints()
        locality.lbEndpoints = [endpoint]
        var cluster = Envoy.Cluster(name, type: .static)
        cluster.loadAssignment.clusterName = name.name
        cluster.loadAssignment.endpoints = [locality]
        switch wireProtocol {
        case .http: cluster.carryRequests()
        case .tcp: cluster.liftLimits()
        }
        return cluster
    }
}
