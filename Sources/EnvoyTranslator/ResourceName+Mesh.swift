internal import MeshModel
internal import MeshPolicy
internal import XDSCache

/// What the mesh's resources are called on the wire.
extension ResourceName {
    /// The roots that every proxy trusts.
    static let roots = ResourceName(.secret, "roots")
    /// The proxy's own certificate: the same name for all, another content for each.
    static let workload = ResourceName(.secret, "workload")
    /// The filter that answers the probes of other proxies.
    static let healthCheckAnswers = ResourceName(.extension, "health-check")
    /// The listener for redirected inbound connections, by the original's name.
    static let inboundListener = ResourceName(.listener, "inbound-listener")
    /// The listener for redirected outbound connections, by the original's name.
    static let outboundListener = ResourceName(.listener, "outbound-listener")
    /// The cluster that has no endpoint.
    static let refused = ResourceName(.cluster, "refused")

    /// The filter that asks about each inbound request, or lets each pass.
    static let requestAuthorizer = ResourceName(.extension, "ext-authz")
    /// The collector of spans, by the original's name.
    static let tracing = ResourceName(.cluster, "envoy-tracing-cluster")

    /// A collector of logs, by the original's name.
    static func logCollector(at service: OutsideService) -> ResourceName {
        ResourceName(.cluster, "\(service.host).\(service.port)")
    }

    /// The service that is asked about requests.
    static func requestAuthorizer(at service: OutsideService?) -> ResourceName {
        ResourceName(.cluster, service.map { "ext-authz/\($0.host):\($0.port)" } ?? "ext-authz/nobody")
    }

    /// The virtual listener at an address.
    ///
    /// Named by the address, since Envoy refuses a second listener there: an address that changes owner is an update.
    static func listener(at address: SocketAddress) -> ResourceName {
        ResourceName(.listener, "outbound/\(address)")
    }

    /// The virtual listener for a port outside of the mesh, at every address that no service of the mesh has.
    static func egressListener(_ port: UInt16) -> ResourceName { ResourceName(.listener, "egress/\(port)") }

    /// Where the requests to a port outside of the mesh lead.
    static func egressRoute(_ port: UInt16) -> ResourceName { ResourceName(.route, "egress/\(port)") }

    /// A host outside of the mesh, by the original's name.
    static func externalHost(_ host: String, _ port: UInt16) -> ResourceName {
        ResourceName(.cluster, host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
    }

    /// A port of the host that the client chose, by the original's name; of an UpstreamTrafficSetting a cluster of its
    /// own.
    static func externalPort(_ port: UInt16, _ setting: ObjectName?) -> ResourceName {
        ResourceName(.cluster, setting.map { "\(port)|\($0)" } ?? "\(port)")
    }

    /// How requests to a service port are divided.
    static func route(to port: ServicePort) -> ResourceName {
        ResourceName(.route, "outbound/\(port.service)/\(port.port)")
    }

    /// How connections to a service port are divided: the TCP proxy itself, under the name that a route would have.
    static func connections(to port: ServicePort) -> ResourceName {
        ResourceName(.extension, route(to: port).name)
    }

    /// The cluster that has no endpoint, for connections to a service port without a backend.
    static func refusal(of port: ServicePort) -> ResourceName {
        ResourceName(.cluster, "\(port.service)/\(port.port)|refused")
    }

    /// A service's pods at one port, by the original's name where the connections are shared among them.
    static func cluster(of upstream: UpstreamName) -> ResourceName {
        ResourceName(.cluster, upstream.description)
    }

    /// The addresses behind ``cluster(of:)``: Envoy asks for them by the cluster's name.
    static func endpoints(of upstream: ServiceTargetPort) -> ResourceName {
        ResourceName(.endpoints, upstream.description)
    }

    /// What the requests to a port of the pod lead to; `service` is `nil` for those that name none of the services.
    static func inboundRoute(_ service: ObjectName?, _ port: UInt16) -> ResourceName {
        // All services of a pod are in its namespace, so the name alone tells them apart.
        ResourceName(.route, service.map { "inbound/\($0.name)/\(port)" } ?? "inbound/\(port)")
    }

    /// Whose certificates are accepted in the handshake at a TCP port of the pod.
    static func peers(_ port: UInt16) -> ResourceName { ResourceName(.secret, "peers/\(port)") }

    /// Who may open connections to a TCP port of the pod, by the policy that says so.
    static func connectionAuthorization(_ port: UInt16) -> ResourceName { ResourceName(.extension, "authz/\(port)") }

    /// The application at a port of the pod, by the original's name where it is reached through a service.
    static func localCluster(_ service: ObjectName?, _ port: UInt16) -> ResourceName {
        ResourceName(.cluster, service.map { "\($0)|\(port)|local" } ?? "\(port)|local")
    }
}
