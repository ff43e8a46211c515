internal import EnvoyAPI
internal import MeshModel
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension OutboundRoute {
    /// The route configuration of the service port.
    ///
    /// One virtual host for every authority: the address chooses the service, not the `Host` of a request.
    ///
    /// - Parameter origins: The objects that shaped the route.
    public func resources(origins: Set<Origin>) -> [Resource] {
        let configurationName = ResourceName.route(to: servicePort)
        var host = Envoy.VirtualHost()
        host.name = servicePort.description
        host.domains = ["*"]
        host.routes = rules.map(Envoy.Route.init)
        if rules.last?.match != nil || rules.isEmpty {
            // Envoy answers 404 to what no route matches.
            host.routes.append(.init(Rule(match: nil, backends: [])))
        }
        host.retryPolicy = NotDelivered.retry
        var configuration = Envoy.RouteConfiguration()
        configuration.name = configurationName.name
        configuration.virtualHosts = [host]
        configuration.responseHeadersToRemove = [NotDelivered.header]
        return [
            Resource(
                configurationName, message: configuration,
                references: Set(upstreams.map(ResourceName.cluster(of:))), origins: origins)
        ]
    }
}

extension Envoy.Route {
    /// A rule: its requests go to its backends by their shares, and without backends get 503.
    fileprivate init(_ rule: OutboundRoute.Rule) {
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
        route.timeout = .never
    }
}
