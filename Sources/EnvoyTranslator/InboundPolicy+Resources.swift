internal import EnvoyAPI
internal import MeshModel
public import MeshPolicy
public import XDSCache

extension InboundPolicy {
    /// The inbound listener, and what it names: route configurations, the authorization of connections, local clusters.
    ///
    /// Without a port there is nothing: Envoy refuses a listener without chains, so inbound connections are refused for
    /// want of a listener.
    ///
    /// - Parameter origins: The objects that shaped the policy.
    public func resources(origins: Set<Origin>) -> [Resource] {
        let entrances = entrances
        guard !entrances.isEmpty else { return [] }
        let variant = key.description
        let listener = Resource(
            .inboundListener, variant: variant, message: listener(of: entrances),
            references: entrances.reduce(into: [.workload]) { $0.formUnion($1.references) }, origins: origins)
        let routes = entrances.filter { $0.wireProtocol == .http }.map { entrance in
            Resource(
                entrance.route, variant: variant, message: entrance.routeConfiguration(trustDomain: trustDomain),
                references: [entrance.cluster], origins: origins)
        }
        let clusters = entrances.map { entrance in
            Resource(
                entrance.cluster, variant: variant,
                message: Envoy.Cluster.local(entrance.cluster, port: entrance.port.port, entrance.wireProtocol),
                origins: origins)
        }
        return [listener] + routes + clusters
            + ports.flatMap { connectionAuthorization(at: $0, variant: variant, origins: origins) }
    }

    /// Who may connect to a TCP port: the peers for the handshake, and the policies behind it.
    private func connectionAuthorization(
        at port: InboundPort, variant: String, origins: Set<Origin>
    ) -> [Resource] {
        guard let authorization = port.tcp, let roots else { return [] }
        let peers = ResourceName.peers(port.port)
        var secret = Envoy.Secret()
        secret.name = peers.name
        secret.validationContext = authorization.peers(trustDomain: trustDomain, roots: roots)
        let policies = ResourceName.connectionAuthorization(port.port)
        return [
            Resource(peers, variant: variant, message: secret, origins: origins),
            Resource(
                policies, variant: variant,
                message: Envoy.TypedExtensionConfig(
                    policies, authorization.connectionFilter(trustDomain: trustDomain)), origins: origins),
        ]
    }

    /// The ways in, sorted by port, those by the name of a service first.
    private var entrances: [InboundEntrance] {
        ports.flatMap { port in
            port.services.map { InboundEntrance(port: port, service: $0.name, wireProtocol: $0.wireProtocol) }
                + [InboundEntrance(port: port, service: nil, wireProtocol: port.wireProtocol)]
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
    /// How connections that come this way are read.
    let wireProtocol: WireProtocol

    /// Its route configuration, and the name of its chain.
    var route: ResourceName { .inboundRoute(service, port.port) }
    /// Its cluster.
    var cluster: ResourceName { .localCluster(service, port.port) }

    /// What its chain names.
    var references: Set<ResourceName> {
        switch wireProtocol {
        case .http: [route, .roots]
        case .tcp: [cluster, .peers(port.port), .connectionAuthorization(port.port)]
        }
    }

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
            AuthorizationFilter.name: (port.http ?? .policies([])).override(trustDomain: trustDomain).packed()
        ]
        return configuration
    }
}
