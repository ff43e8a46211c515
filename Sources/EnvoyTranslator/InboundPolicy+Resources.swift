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
            references: (entrances.map(\.references) + ingressEntrances.map(\.references))
                .reduce(into: observation.references.union([.workload])) { $0.formUnion($1) }, origins: origins)
        let routes = entrances.filter { $0.wireProtocol == .http }.map { entrance in
            Resource(
                entrance.route, variant: variant, message: entrance.routeConfiguration(trustDomains: trustDomains),
                references: [entrance.cluster], origins: origins)
        }
        let clusters = entrances.map { entrance in
            Resource(
                entrance.cluster, variant: variant,
                message: Envoy.Cluster.local(entrance.cluster, port: entrance.port.port, entrance.wireProtocol),
                origins: origins)
        }
        let proxies = entrances.filter { $0.wireProtocol == .tcp }.map { entrance in
            Resource(
                entrance.connections, variant: variant,
                message: Envoy.TypedExtensionConfig(entrance.connections, entrance.connectionProxy),
                references: [entrance.cluster], origins: origins)
        }
        return [listener] + routes + proxies + clusters + limits(of: entrances, variant: variant, origins: origins)
            + ports.flatMap { connectionAuthorization(at: $0, variant: variant, origins: origins) }
            + ports.flatMap { $0.ingressResources(variant: variant, origins: origins) }
    }

    /// The settings of the filters that limit, and the clusters of the services that they ask.
    private func limits(of entrances: [InboundEntrance], variant: String, origins: Set<Origin>) -> [Resource] {
        let limited =
            entrances.map { ($0.limits, $0.limitNames, $0.wireProtocol) }
            + ports.filter { !$0.ingress.isEmpty }
            .map { ($0.ingressLimits, RateLimitNames(ingressTo: $0.port), WireProtocol.http) }
        let services = Set(limited.flatMap { limits, _, wireProtocol in limits.services(wireProtocol) }).sorted()
        return limited.flatMap { limits, names, wireProtocol in
            limits.resources(names, wireProtocol, variant: variant, origins: origins)
        }
            + services.map { service in
                Resource(
                    .cluster(of: service), variant: variant,
                    message: Envoy.Cluster.rateLimitService(service, families: key.families), origins: origins)
            }
    }

    /// Who may connect to a TCP port: the peers for the handshake, and the policies behind it.
    private func connectionAuthorization(
        at port: InboundPort, variant: String, origins: Set<Origin>
    ) -> [Resource] {
        guard let authorization = port.tcp, let roots else { return [] }
        let peers = ResourceName.peers(port.port)
        var secret = Envoy.Secret()
        secret.name = peers.name
        secret.validationContext = authorization.peers(trustDomains: trustDomains, roots: roots)
        let policies = ResourceName.connectionAuthorization(port.port)
        return [
            Resource(peers, variant: variant, message: secret, origins: origins),
            Resource(
                policies, variant: variant,
                message: Envoy.TypedExtensionConfig(
                    policies, authorization.connectionFilter(trustDomains: trustDomains)), origins: origins),
        ]
    }

    /// The ways in for clients outside the mesh, sorted by port.
    var ingressEntrances: [IngressEntrance] { ports.flatMap(\.ingressEntrances) }

    /// The ways in, sorted by port, those by the name of a service first.
    private var entrances: [InboundEntrance] {
        ports.flatMap { port in
            port.services.map {
                InboundEntrance(port: port, service: $0.name, wireProtocol: $0.wireProtocol, limits: $0.limits)
            } + [InboundEntrance(port: port, service: nil, wireProtocol: port.wireProtocol, limits: port.limits)]
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
    /// How much is taken this way.
    let limits: EntranceLimits
    /// Names that ingress has chains for, and none of the services: the mesh needs one more for them.
    var ingressNames: [String] = []

    /// Its route configuration, and the name of its chain.
    var route: ResourceName { .inboundRoute(service, port.port) }
    /// What becomes of its connections, if they are read as TCP: the proxy, under the name that a route would have.
    var connections: ResourceName { ResourceName(.extension, route.name) }
    /// Its cluster.
    var cluster: ResourceName { .localCluster(service, port.port) }

    /// What the settings of its limits are called.
    var limitNames: RateLimitNames { RateLimitNames(service, port.port) }

    /// What its chain names.
    var references: Set<ResourceName> {
        let limits: Set = [limitNames.connections, limitNames.globalConnections]
        return switch wireProtocol {
        case .http:
            limits.union([route, .roots, .healthCheckAnswers, limitNames.globalRequests, .requestAuthorizer])
        case .tcp: limits.union([connections, .peers(port.port), .connectionAuthorization(port.port)])
        }
    }

    /// Everything that is allowed and below the limits goes to the application.
    func routeConfiguration(trustDomains: [String]) -> Envoy.RouteConfiguration {
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
            AuthorizationFilter.name: (port.http ?? .policies([])).override(trustDomains: trustDomains).packed()
        ]
        configuration.limitRequests(limits, filter: limitNames.globalRequests)
        return configuration
    }
}
