public import Incremental
public import MeshModel
public import MeshPolicy

/// Which service port owns an address: the oldest of the services that claim it.
enum AddressClaim: MeshQuery {
    static func evaluate(_ address: SocketAddress, _ mesh: MeshReader) -> ServicePort? {
        let claimants = mesh(\.servicesByAddress, address.ip).compactMap { row -> (Seniority, ServicePort)? in
            guard let facts = mesh(MeshService.self, row.id),
                facts.ports.contains(where: { $0.port == address.port })
            else { return nil }
            return (facts.seniority, ServicePort(service: row.id, port: address.port))
        }
        return claimants.min { $0.0 < $1.0 }?.1
    }
}

/// The listener at an address; `nil` if no service port owns it.
public enum OutboundListenerQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ address: SocketAddress, _ mesh: MeshReader) -> OutboundListener? {
        guard let owner = mesh(AddressClaim.self, address), let port = mesh(MeshServicePort.self, owner) else {
            return nil
        }
        return OutboundListener(address: address, servicePort: owner, wireProtocol: port.wireProtocol)
    }
}

/// How the requests to a service port are divided; `nil` if there is no such port.
public enum OutboundRouteQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ port: ServicePort, _ mesh: MeshReader) -> OutboundRoute? {
        guard let own = mesh(MeshServicePort.self, port) else { return nil }
        let apexPods = upstreams(of: port, weight: 1, mesh)
        guard let split = mesh(HoldingSplit.self, port.service) else {
            return OutboundRoute(servicePort: port, rules: [.init(match: nil, backends: apexPods)])
        }
        var weights: [ServiceTargetPort: UInt64] = [:]
        for backend in split.backends {
            let name = ObjectName(namespace: port.service.namespace, name: backend.service)
            let backendPort = ServicePort(service: name, port: port.port)
            for share in upstreams(of: backendPort, weight: 1, mesh) {
                weights[share.upstream, default: 0] += UInt64(UInt32(clamping: backend.weight))
            }
        }
        let shares = WeightedUpstream.shares(weights)
        guard !split.matches.isEmpty, own.wireProtocol == .http else {
            return OutboundRoute(servicePort: port, rules: [.init(match: nil, backends: shares)])
        }
        var rules: [OutboundRoute.Rule] = []
        for reference in split.matches {
            let group = ObjectName(namespace: port.service.namespace, name: reference.name)
            for named in mesh(GroupMatches.self, group) ?? [] {
                rules.append(.init(match: named.match, backends: shares))
            }
        }
        rules.append(.init(match: nil, backends: apexPods))
        return OutboundRoute(servicePort: port, rules: rules)
    }

    /// The upstreams of a service port.
    ///
    /// All its target ports share one, the least, unless they are unknown.
    private static func upstreams(of port: ServicePort, weight: UInt32, _ mesh: MeshReader) -> [WeightedUpstream] {
        guard let target = mesh(MeshServicePort.self, port)?.targetPorts.first else { return [] }
        let upstream = ServiceTargetPort(service: port.service, targetPort: target)
        return [WeightedUpstream(upstream: upstream, weight: weight)]
    }
}

extension WeightedUpstream {
    /// Shares in the order of their upstreams, those of 0 left out.
    ///
    /// Envoy takes weights whose sum fits 32 bits; larger ones are scaled down alike.
    static func shares(_ weights: [ServiceTargetPort: UInt64]) -> [WeightedUpstream] {
        let total = weights.values.reduce(0, +)
        let divisor = total / UInt64(UInt32.max) + 1
        return weights.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { upstream, weight in
            WeightedUpstream(upstream: upstream, weight: UInt32(max(1, weight / divisor)))
        }
    }
}

/// The pods of a service at one port, as clients dial them.
public enum UpstreamQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ name: ServiceTargetPort, _ mesh: MeshReader) -> Upstream? {
        Upstream(
            name: name, identities: mesh(UpstreamIdentities.self, name), trustDomain: mesh(TrustDomain.self, .one),
            tls: mesh(MeshTLS.self, .one))
    }
}

/// The ready addresses behind an upstream, by zone.
public enum EndpointsQuery: MeshQuery {
    /// An upstream, and whose pods of it are offered.
    public struct Key: Hashable, Comparable, Sendable {
        /// The upstream.
        public let upstream: ServiceTargetPort
        /// The identities whose pods are offered: sorted; `nil` for all.
        public let allowed: [ServiceIdentity]?

        /// All endpoints of an upstream, or those of some identities.
        public init(upstream: ServiceTargetPort, allowed: [ServiceIdentity]? = nil) {
            self.upstream = upstream
            self.allowed = allowed
        }

        /// The identities in one line; empty for all.
        public var variant: String { allowed.map { $0.map(\.description).joined(separator: ",") } ?? "" }

        /// By upstream, then by identities.
        public static func < (left: Key, right: Key) -> Bool {
            (left.upstream, left.variant) < (right.upstream, right.variant)
        }
    }

    /// The value for a key.
    public static func evaluate(_ key: Key, _ mesh: MeshReader) -> Endpoints? {
        var zones: [String: Set<SocketAddress>] = [:]
        for pod in mesh(ServiceBackends.self, key.upstream.service).pods
        where pod.isReady && pod.ports.contains(key.upstream.targetPort)
            && key.allowed?.contains(pod.identity) != false
        {
            zones[pod.zone, default: []].insert(SocketAddress(ip: pod.address, port: key.upstream.targetPort))
        }
        let localities = zones.sorted { $0.key < $1.key }
            .map { Endpoints.Locality(zone: $0.key, addresses: $0.value.sorted()) }
        return Endpoints(name: key.upstream, localities: localities)
    }
}
