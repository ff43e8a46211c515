internal import EnvoyAPI
internal import MeshModel
public import MeshPolicy
public import XDSCache

extension InboundPolicy {
    /// The inbound listener, and the route configurations and local clusters behind it.
    ///
    /// Ports of TCP services are left out yet: they follow with extension discovery. Without an HTTP port there is
    /// nothing: Envoy refuses a listener without chains, so inbound connections are refused for want of a listener.
    ///
    /// - Parameter origins: The objects that shaped the policy.
    public func resources(origins: Set<Origin>) -> [Resource] {
        let entrances = entrances
        guard !entrances.isEmpty else { return [] }
        let variant = key.description
        let listener = Resource(
            .inboundListener, variant: variant, message: listener(of: entrances),
            references: Set(entrances.map(\.route) + [.roots, .workload]), origins: origins)
        return [listener]
            + entrances.map { entrance in
                Resource(
                    entrance.route, variant: variant, message: entrance.routeConfiguration(trustDomain: trustDomain),
                    references: [entrance.cluster], origins: origins)
            }
            + entrances.map { entrance in
                Resource(
                    entrance.cluster, variant: variant,
                    message: Envoy.Cluster.local(entrance.cluster, port: entrance.port.port), origins: origins)
            }
    }

    /// The ways in, sorted by port, those by the name of a service first.
    private var entrances: [InboundEntrance] {
        ports.filter { $0.wireProtocol == .http }.flatMap { port in
            port.services.map { InboundEntrance(port: port, service: $0) } + [InboundEntrance(port: port, service: nil)]
        }
    }
}

/// A way to a port of the pod: through one of the services that lead to it, or through none of them by name.
///
/// Each has its own chain from the start, so that what is set for one service later is no new chain, which would miss
/// open connections.
struct InboundEntrance {
    /// The port.
    let port: InboundPort
    /// The service that clients name in TLS; `nil` for all other names, and none.
    let service: ObjectName?

    /// Its route configuration.
    var route: ResourceName { .inboundRoute(service, port.port) }
    /// Its cluster.
    var cluster: ResourceName { .localCluster(service, port.port) }

    /// Everything that is allowed goes to the application.
    func routeConfiguration(trustDomain: String) -> Envoy.RouteConfiguration {
        var toApplication = Envoy.Route()
        toApplication.match = .all
        toApplication.route.cluster = cluster.name
        toApplication.route.timeout = .never
        var host = Envoy.VirtualHost()
        host.name = route.name
        host.domains = ["*"]
        host.routes = [toApplication]
        var configuration = Envoy.RouteConfiguration()
        configuration.name = route.name
        configuration.virtualHosts = [host]
        configuration.responseHeadersToRemove = [NotDelivered.header]
        configuration.typedPerFilterConfig = [
            AuthorizationFilter.name: port.authorization.override(trustDomain: trustDomain).packed()
        ]
        return configuration
    }
}
