internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

extension EgressPort {
    /// A virtual host for each host, and one for all others.
    func routeConfiguration(of hosts: [Host]) -> Envoy.RouteConfiguration {
        var configuration = Envoy.RouteConfiguration()
        configuration.name = ResourceName.egressRoute(key.port).name
        configuration.virtualHosts = hosts.map(virtualHost)
        guard !hosts.contains(where: { $0.name == "*" }) else { return configuration }
        var others = Envoy.VirtualHost()
        others.name = "every other host"
        others.domains = ["*"]
        others.routes = [passesOtherHosts ? .leading(to: .externalPort(key.port, nil)) : .refusal]
        configuration.virtualHosts.append(others)
        return configuration
    }

    private func virtualHost(_ host: Host) -> Envoy.VirtualHost {
        var virtualHost = Envoy.VirtualHost()
        virtualHost.name = host.name
        virtualHost.domains = domains(of: host.name)
        virtualHost.retryPolicy = .undelivered
        let leading = Envoy.Route.leading(
            to: cluster(of: host), timeout: settings(host.setting)?.requestTimeout)
        guard let matches = host.matches else {
            virtualHost.routes = [leading]
            return virtualHost
        }
        virtualHost.routes = [.ambiguousPath]
        for match in matches {
            var route = leading
            route.match = Envoy.RouteMatch(match)
            virtualHost.routes.append(route)
        }
        virtualHost.routes.append(.refusal)
        return virtualHost
    }

    /// The host as clients write it, with and without the port.
    private func domains(of host: String) -> [String] {
        guard host != "*" else { return ["*"] }
        let written = IPAddress(host)?.family == .v6 ? "[\(host)]" : host
        return [written, "\(written):\(key.port)"]
    }
}

extension Envoy.Route {
    /// Every request, to a cluster.
    fileprivate static func leading(to cluster: ResourceName, timeout: Duration? = nil) -> Envoy.Route {
        var route = Envoy.Route()
        route.match = .all
        route.route.cluster = cluster.name
        // No time limit that nobody set: Envoy's is 15 seconds.
        route.route.timeout = timeout.map { .init($0) } ?? .never
        return route
    }

    /// Every request, answered by the proxy.
    fileprivate static var refusal: Envoy.Route {
        var route = Envoy.Route()
        route.match = .all
        route.directResponse.status = 403
        return route
    }

    /// Paths that a server may read as another one than a policy does, refused.
    ///
    /// What leaves the mesh is not rewritten, as inside it: a server has its own mind about such paths, and those that
    /// no policy looks at go out as they came.
    fileprivate static var ambiguousPath: Envoy.Route {
        var route = Envoy.Route.refusal
        route.match.safeRegex.regex = #".*(//|\\|/\.\.?(/|;|$)|%2[EFef]|%5[Cc]).*"#
        return route
    }
}

extension Envoy.RetryPolicy {
    /// What was certainly not delivered is tried on other addresses of the host, twice more.
    fileprivate static var undelivered: Envoy.RetryPolicy {
        var policy = Envoy.RetryPolicy()
        policy.retryOn = "refused-stream,connect-failure,reset-before-request"
        policy.numRetries = .init(2)
        return policy
    }
}
