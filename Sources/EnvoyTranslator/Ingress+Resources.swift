internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import XDSCache

extension InboundPort {
    /// Whose cluster ingress shares; `nil` for that of the port.
    private var ingressService: ObjectName? { ingress.count == 1 ? ingress.first?.service : nil }

    /// Whether the mesh reads the connections of that cluster as HTTP.
    private var isIngressClusterShared: Bool {
        guard let name = ingressService else { return wireProtocol == .http }
        return services.contains { $0.name == name && $0.wireProtocol == .http }
    }

    /// The application, as ingress reaches it: by the cluster of the mesh, unless the mesh carries no requests there.
    private var ingressCluster: ResourceName {
        isIngressClusterShared ? .localCluster(ingressService, port) : .ingressCluster(port)
    }

    /// The route configuration for clients outside the mesh, and a cluster if there is none to share.
    func ingressResources(variant: String, origins: Set<Origin>) -> [Resource] {
        guard !ingress.isEmpty else { return [] }
        let route = ResourceName.ingressRoute(port)
        var resources = [
            Resource(
                route, variant: variant, message: ingressRouteConfiguration, references: [ingressCluster],
                origins: origins)
        ]
        if !isIngressClusterShared {
            resources.append(
                Resource(
                    ingressCluster, variant: variant,
                    message: Envoy.Cluster.local(ingressCluster, port: port, .http), origins: origins))
        }
        return resources
    }

    private var ingressRouteConfiguration: Envoy.RouteConfiguration {
        var toApplication = Envoy.Route()
        toApplication.match = .all
        toApplication.route.cluster = ingressCluster.name
        toApplication.route.timeout = .never
        var host = Envoy.VirtualHost()
        host.name = ResourceName.ingressRoute(port).name
        host.domains = ["*"]
        host.routes = [toApplication]
        var configuration = Envoy.RouteConfiguration()
        configuration.name = ResourceName.ingressRoute(port).name
        configuration.virtualHosts = [host]
        configuration.typedPerFilterConfig = [AuthorizationFilter.name: ingressAuthorization.packed()]
        configuration.limitRequests(ingressLimits, filter: RateLimitNames(ingressTo: port).globalRequests)
        return configuration
    }
}

extension ResourceName {
    /// What the requests of clients outside the mesh to a port of the pod lead to.
    static func ingressRoute(_ port: UInt16) -> ResourceName { ResourceName(.route, "ingress/\(port)") }

    /// The application at a port of the pod that the mesh takes for no HTTP server.
    static func ingressCluster(_ port: UInt16) -> ResourceName { ResourceName(.cluster, "\(port)|ingress|local") }
}
