internal import EnvoyAPI
internal import MeshModel
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension OutboundRoute {
    /// The route configuration of the service port; for TCP the TCP proxy, as an extension.
    ///
    /// - Parameters:
    ///   - variant: Which of the routes of the port it is; empty for that of most clients.
    ///   - origins: The objects that shaped the route.
    public func resources(variant: String = "", origins: Set<Origin>) -> [Resource] {
        switch wireProtocol {
        case .http: [routeConfiguration(variant, origins)]
        case .tcp: connectionResources(variant, origins)
        }
    }

    /// One virtual host for every authority: the address chooses the service, not the `Host` of a request.
    private func routeConfiguration(_ variant: String, _ origins: Set<Origin>) -> Resource {
        let configurationName = ResourceName.route(to: servicePort)
        var host = Envoy.VirtualHost()
        host.name = servicePort.description
        host.domains = ["*"]
        host.routes = rules.map { Envoy.Route($0, timeout: timeout) }
        if rules.last?.match != nil || rules.isEmpty {
            // Envoy answers 404 to what no route matches.
            host.routes.append(.init(Rule(match: nil, backends: []), timeout: nil))
        }
        host.retryPolicy = NotDelivered.retry(beside: retry)
        var configuration = Envoy.RouteConfiguration()
        configuration.name = configurationName.name
        configuration.virtualHosts = [host]
        configuration.responseHeadersToRemove = [NotDelivered.header]
        return Resource(
            configurationName, variant: variant, message: configuration,
            references: Set(upstreams.map(ResourceName.cluster(of:))), origins: origins)
    }

    /// The TCP proxy, and without a backend the cluster that closes connections.
    private func connectionResources(_ variant: String, _ origins: Set<Origin>) -> [Resource] {
        let name = ResourceName.connections(to: servicePort)
        let refusal = ResourceName.refusal(of: servicePort)
        let backends = rules.first?.backends ?? []
        var proxy = Envoy.TcpProxy(statPrefix: "outbound")
        proxy.accessLog = [.connections("to a service of the mesh")]
        // What was certainly not delivered is tried on other endpoints, twice more, as requests are.
        proxy.maxConnectAttempts = .init(3)
        if let timeout { proxy.idleTimeout = .init(timeout) }
        if rules.first?.hash == .sourceIP {
            var policy = Envoy.ConnectionHashPolicy()
            policy.sourceIp = .init()
            proxy.hashPolicy = [policy]
        }
        switch backends.count {
        case 0: proxy.cluster = refusal.name
        case 1: proxy.cluster = ResourceName.cluster(of: backends[0].upstream).name
        default:
            proxy.weightedClusters.clusters = backends.map { backend in
                var share = Envoy.TcpProxy.WeightedCluster.ClusterWeight()
                share.name = ResourceName.cluster(of: backend.upstream).name
                share.weight = backend.weight
                return share
            }
        }
        let references = backends.isEmpty ? [refusal] : Set(upstreams.map(ResourceName.cluster(of:)))
        let route = Resource(
            name, variant: variant, message: Envoy.TypedExtensionConfig(name, proxy), references: references,
            origins: origins)
        guard backends.isEmpty else { return [route] }
        return [route, Resource(refusal, message: Envoy.Cluster.empty(refusal), origins: origins)]
    }
}

extension Envoy.Route {
    /// A rule: its requests go to its backends by their shares, and without backends get 503.
    fileprivate init(_ rule: OutboundRoute.Rule, timeout: Duration?) {
        self.init()
        match = rule.match.map(Envoy.RouteMatch.init) ?? .all
        guard let first = rule.backends.first else {
            directResponse.status = 503
            return
        }
        if rule.backends.count == 1 {
            route.cluster = ResourceName.cluster(of: first.upstream).name
        } else {
            route.weightedClusters.clusters = rule.backends.map { backend in
                var share = Envoy.WeightedCluster.ClusterWeight()
                share.name = ResourceName.cluster(of: backend.upstream).name
                share.weight = .init(backend.weight)
                return share
            }
        }
        // No time limit that nobody set: Envoy's is 15 seconds.
        route.timeout = timeout.map { .init($0) } ?? .never
        if let hash = rule.hash { route.hashPolicy = [.init(hash)] }
    }
}

extension Envoy.HashPolicy {
    fileprivate init(_ hash: RequestHash) {
        self.init()
        switch hash {
        case .header(let name): header.headerName = name
        case .cookie(let name, let lifetime):
            cookie.name = name
            guard let lifetime else { return }
            cookie.ttl = .init(lifetime)
            // Of one service, whatever the path of the first request.
            cookie.path = "/"
        case .sourceIP: connectionProperties.sourceIp = true
        }
    }
}
