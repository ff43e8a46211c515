public import Incremental
public import MeshModel
public import MeshPolicy

/// Which service port owns an address.
///
/// A ClusterIP goes before the address of a pod of a headless service; of several services the oldest has it.
package enum AddressClaim: MeshQuery {
    package static func evaluate(_ address: SocketAddress, _ mesh: MeshReader) -> ServicePort? {
        ownerOfClusterIP(address, mesh) ?? ownerOfPodAddress(address, mesh)
    }

    private static func ownerOfClusterIP(_ address: SocketAddress, _ mesh: MeshReader) -> ServicePort? {
        let claimants = mesh(\.servicesByAddress, address.ip).compactMap { row -> (Seniority, ServicePort)? in
            guard let facts = mesh(MeshService.self, row.id),
                facts.ports.contains(where: { $0.port == address.port })
            else { return nil }
            return (facts.seniority, ServicePort(service: row.id, port: address.port))
        }
        return claimants.min { $0.0 < $1.0 }?.1
    }

    private static func ownerOfPodAddress(_ address: SocketAddress, _ mesh: MeshReader) -> ServicePort? {
        let services = mesh(\.podsByAddress, address.ip).flatMap { row in
            mesh(
                SelectingServices.self,
                .init(namespace: row.id.namespace, labels: row.object.metadata.labels))
        }
        let claimants = Set(services).sorted().compactMap { service -> (Seniority, ServicePort)? in
            guard let facts = mesh(MeshService.self, service), facts.isHeadless,
                let port = mesh(HeadlessAddresses.self, service)[address]
            else { return nil }
            return (facts.seniority, ServicePort(service: service, port: port))
        }
        return claimants.min { $0.0 < $1.0 }?.1
    }
}

/// The addresses that a service port claims, whoever owns them: sorted.
package enum ClaimedAddresses: MeshQuery {
    package static func evaluate(_ port: ServicePort, _ mesh: MeshReader) -> [SocketAddress] {
        guard let facts = mesh(MeshService.self, port.service), facts.ports.contains(where: { $0.port == port.port })
        else { return [] }
        guard facts.isHeadless else {
            return facts.clusterIPs.map { SocketAddress(ip: $0, port: port.port) }.sorted()
        }
        return mesh(HeadlessAddresses.self, port.service).filter { $0.value == port.port }.keys.sorted()
    }
}

/// The listener at an address; `nil` if no service port owns it.
public enum OutboundListenerQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ key: ListenerKey, _ mesh: MeshReader) -> OutboundListener? {
        let address = key.address
        guard let owner = mesh(AddressClaim.self, address), let port = mesh(MeshServicePort.self, owner) else {
            return nil
        }
        let observation = mesh(ObservationQuery.self, key.telemetry)
        var pod: EndpointPod?
        if observation.countsRequests, mesh(MeshService.self, owner.service)?.isHeadless == true {
            pod = mesh(\.podsByAddress, address.ip).min { $0.id < $1.id }.map { EndpointPod($0.object) }
        }
        return OutboundListener(
            address: address, servicePort: owner, wireProtocol: port.wireProtocol, pod: pod, observation: observation,
            isOnDemand: key.isOnDemand)
    }
}

/// How the requests or connections to a service port are divided; `nil` if there is no such port.
public enum OutboundRouteQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ key: RouteKey, _ mesh: MeshReader) -> OutboundRoute? {
        let port = key.port
        guard let own = mesh(MeshServicePort.self, port) else { return nil }
        let timeouts = mesh(ServiceTimeouts.self, port.service)
        func rule(_ match: HTTPMatch?, _ backends: [WeightedUpstream]) -> OutboundRoute.Rule {
            let hash = RouteHash.hash(of: backends, at: port.service, own.wireProtocol, mesh)
            return OutboundRoute.Rule(match: match, backends: backends, hash: hash)
        }
        func route(_ rules: [OutboundRoute.Rule]) -> OutboundRoute {
            OutboundRoute(
                servicePort: port, wireProtocol: own.wireProtocol, rules: rules,
                retry: key.retry.flatMap { mesh(RetryRequest.self, $0) },
                timeout: own.wireProtocol == .http ? timeouts.request : timeouts.idleConnection)
        }
        // Who calls a pod of a headless service by its address gets that pod.
        let isHeadless = mesh(MeshService.self, port.service)?.isHeadless == true
        let apexPods =
            upstream(of: port, isHeadless ? .direct : .balanced, mesh)
            .map { [WeightedUpstream(upstream: $0, weight: 1)] } ?? []
        guard let split = mesh(HoldingSplit.self, port.service) else {
            return route([rule(nil, apexPods)])
        }
        var weights: [UpstreamName: UInt64] = [:]
        for backend in split.backends {
            let name = ObjectName(namespace: port.service.namespace, name: backend.service)
            let backendPort = ServicePort(service: name, port: port.port)
            if let upstream = upstream(of: backendPort, .balanced, mesh) {
                weights[upstream, default: 0] += UInt64(UInt32(clamping: backend.weight))
            }
        }
        let shares = WeightedUpstream.shares(weights)
        guard !split.matches.isEmpty, own.wireProtocol == .http else {
            return route([rule(nil, shares)])
        }
        var rules: [OutboundRoute.Rule] = []
        for reference in split.matches {
            let group = ObjectName(namespace: port.service.namespace, name: reference.name)
            for named in mesh(GroupMatches.self, group) ?? [] {
                rules.append(rule(named.match, shares))
            }
        }
        rules.append(rule(nil, apexPods))
        return route(rules)
    }

    /// The upstream of a service port, one for all its target ports; `nil` while they are unknown.
    private static func upstream(
        of port: ServicePort, _ choice: UpstreamName.Choice, _ mesh: MeshReader
    ) -> UpstreamName? {
        mesh(MeshServicePort.self, port)?.representative.map {
            UpstreamName(ServiceTargetPort(service: port.service, targetPort: $0), choice)
        }
    }
}

/// By what the pods are chosen that share requests.
enum RouteHash {
    /// The hash of a rule: Envoy knows one for all its backends, so that of the service that the client called goes
    /// first, then that of the first backend.
    static func hash(
        of backends: [WeightedUpstream], at service: ObjectName, _ wireProtocol: WireProtocol, _ mesh: MeshReader
    ) -> RequestHash? {
        let services = backends.filter { $0.upstream.choice == .balanced }.map(\.upstream.target.service)
        let hashes = ([service].filter(services.contains) + services).compactMap { mesh(ServiceHash.self, $0) }
        switch wireProtocol {
        case .http: return hashes.first
        // A connection has an address and nothing else.
        case .tcp: return hashes.first { $0 == .sourceIP }
        }
    }
}

extension WeightedUpstream {
    /// Shares in the order of their upstreams, those of 0 left out.
    ///
    /// Envoy takes weights whose sum fits 32 bits; larger ones are scaled down alike.
    static func shares(_ weights: [UpstreamName: UInt64]) -> [WeightedUpstream] {
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
    public static func evaluate(_ name: UpstreamName, _ mesh: MeshReader) -> Upstream? {
        let identities = Set(mesh(UpstreamMembers.self, name.target).map(\.identity)).sorted()
        return Upstream(
            name: name, identities: identities, trustDomains: mesh(TrustDomains.self, .one),
            tls: mesh(MeshTLS.self, .one), settings: mesh(UpstreamSettingsQuery.self, name))
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
        /// The clients' zone, whose endpoints come before all others; `nil` for none.
        public let zone: String?

        /// All endpoints of an upstream, or those of some identities.
        public init(upstream: ServiceTargetPort, allowed: [ServiceIdentity]? = nil, zone: String? = nil) {
            self.upstream = upstream
            self.allowed = allowed
            self.zone = zone
        }

        /// The identities in one line, and the zone; empty for all.
        public var variant: String {
            let identities = allowed.map { $0.map(\.description).joined(separator: ",") }
            return [identities, zone.map { "zone \($0)" }].compactMap(\.self).joined(separator: " ")
        }

        /// By upstream, then by identities.
        public static func < (left: Key, right: Key) -> Bool {
            left.upstream == right.upstream ? left.variant < right.variant : left.upstream < right.upstream
        }
    }

    /// The value for a key.
    public static func evaluate(_ key: Key, _ mesh: MeshReader) -> Endpoints? {
        let countsRequests = mesh(CountsRequests.self, .one)
        var zones: [String: Set<SocketAddress>] = [:]
        var pods: [SocketAddress: EndpointPod] = [:]
        for (pod, address) in UpstreamPods.all(of: key.upstream, mesh)
        where pod.isReady && key.allowed?.contains(pod.identity) != false {
            zones[pod.zone, default: []].insert(address)
            if countsRequests { pods[address] = pod.pod }
        }
        let localities = zones.sorted { $0.key < $1.key }
            .map { Endpoints.Locality(zone: $0.key, addresses: $0.value.sorted()) }
        return Endpoints(
            name: key.upstream, localities: localities, preferredZone: key.zone.flatMap { zones[$0] == nil ? nil : $0 },
            probePort: mesh(EndpointSettings.self, key.upstream.service).probePort, pods: pods)
    }
}
