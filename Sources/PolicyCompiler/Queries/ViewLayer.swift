public import Incremental
public import MeshModel
public import MeshPolicy

/// A set of resources that proxies share as a whole: sorted, without duplicates, and closed.
///
/// Closed means that every cluster that a route of it names is in it.
public enum ViewLayer: MeshQuery {
    /// Which layer.
    public enum Key: Hashable, Sendable, CustomStringConvertible {
        /// What every proxy has.
        case mesh
        /// The services that every client may call.
        case permissive(ClientVariant = .common)
        /// Those of them that pods of an identity have called.
        case called(ServiceIdentity, ClientVariant = .common)
        /// The services that an identity may call by TrafficTargets.
        case reach(ServiceIdentity, ClientVariant = .common)
        /// An inbound configuration.
        case inbound(InboundKey)
        /// A catch-all for outbound connections.
        case catchAll(CatchAllKey)
        /// What policies say of an identity's connections to the outside, and what all its listeners name.
        case egress(EgressKey)
        /// What a proxy has once the applications of its pod have ended.
        case ended

        /// The layer's name, different for different keys.
        public var description: String {
            switch self {
            case .mesh: "mesh"
            case .permissive(let variant): "permissive\(variant)"
            case .called(let identity, let variant): "called \(identity)\(variant)"
            case .reach(let identity, let variant): "reach \(identity)\(variant)"
            case .inbound(let key): "inbound \(key)"
            case .catchAll(let key): "catch-all \(key)"
            case .egress(let key): "egress \(key)"
            case .ended: "ended"
            }
        }
    }

    /// The value for a key.
    public static func evaluate(_ key: Key, _ mesh: MeshReader) -> [DerivedResource] {
        switch key {
        case .mesh:
            [.roots, .healthCheckAnswers, .requestAuthorizer]
                + (mesh(TracingQuery.self, .one) == nil ? [] : [.tracing])
        case .permissive(let variant): outbound(mesh(PermissiveReach.self, .one), client: nil, variant, mesh)
        case .called(let identity, let variant):
            outbound(mesh(CalledPorts.self, identity), client: nil, variant, isOnDemand: true, mesh)
        case .reach(let identity, let variant):
            outbound(mesh(DeclaredReach.self, identity), client: identity, variant, mesh)
        case .inbound(let key): [.inbound(key)]
        case .catchAll(let key): [.egress(key)]
        case .egress(let key): proxy(key, mesh)
        case .ended: [.workloadEnd]
        }
    }

    /// What policies say of a proxy's outside, and what all its listeners name: mostly nothing.
    private static func proxy(_ key: EgressKey, _ mesh: MeshReader) -> [DerivedResource] {
        let collector = key.telemetry.flatMap { telemetry -> DerivedResource? in
            mesh(LogCollectorQuery.self, telemetry) == nil ? nil : .logCollector(telemetry)
        }
        return (collector.map { [$0] } ?? [])
            + mesh(EgressPorts.self, key.identity).map { .egressPort(EgressPortKey(proxies: key, port: $0)) }
    }

    /// Everything that calling these ports takes.
    private static func outbound(
        _ ports: [ServicePort], client: ServiceIdentity?, _ variant: ClientVariant, isOnDemand: Bool = false,
        _ mesh: MeshReader
    ) -> [DerivedResource] {
        var resources: Set<DerivedResource> = []
        let retries = variant.retries.map { mesh(ClientRetries.self, $0) } ?? [:]
        for port in ports {
            let parts = mesh(PortResources.self, port)
            // Nobody can call a port without an address: an older service holds it, or there is no pod.
            guard !parts.addresses.isEmpty else { continue }
            for address in parts.addresses {
                let key = ListenerKey(address: address, telemetry: variant.telemetry, isOnDemand: isOnDemand)
                resources.insert(.listener(key))
            }
            // Only requests can be tried again.
            let retry = parts.wireProtocol == .http ? RetryInForce.at(port.service, among: retries) : nil
            resources.insert(.route(RouteKey(port: port, retry: retry)))
            for upstream in parts.upstreams {
                resources.insert(.upstream(upstream))
                guard upstream.choice == .balanced else { continue }
                let allowed = client.flatMap {
                    mesh(OfferedIdentities.self, .init(client: $0, upstream: upstream.target))
                }
                let zone = variant.zone.flatMap {
                    mesh(EndpointSettings.self, upstream.target.service).prefersZone ? $0 : nil
                }
                resources.insert(.endpoints(.init(upstream: upstream.target, allowed: allowed, zone: zone)))
            }
        }
        return resources.sorted()
    }
}

/// The addresses and upstreams of a service port.
enum PortResources: MeshQuery {
    struct Parts: Equatable, Sendable {
        /// The addresses that it owns: sorted.
        let addresses: [SocketAddress]
        /// The upstreams that its route names: sorted.
        let upstreams: [UpstreamName]
        /// How its connections are read.
        let wireProtocol: WireProtocol
    }

    static func evaluate(_ port: ServicePort, _ mesh: MeshReader) -> Parts {
        let addresses = mesh(ClaimedAddresses.self, port).filter { mesh(AddressClaim.self, $0) == port }
        let route = mesh(OutboundRouteQuery.self, RouteKey(port: port))
        return Parts(
            addresses: addresses, upstreams: route?.upstreams ?? [], wireProtocol: route?.wireProtocol ?? .tcp)
    }
}

/// Whose pods of an upstream a client is offered; `nil` for all (semantics section 3).
///
/// Only where pods of several identities stand behind the upstream and the client may call some of them but not all.
enum OfferedIdentities: MeshQuery {
    struct Key: Hashable, Sendable {
        let client: ServiceIdentity
        let upstream: ServiceTargetPort
    }

    static func evaluate(_ key: Key, _ mesh: MeshReader) -> [ServiceIdentity]? {
        let members = mesh(UpstreamMembers.self, key.upstream)
        let identities = Set(members.map(\.identity)).sorted()
        guard identities.count > 1 else { return nil }
        // Ports of one service may lead to the same port of its pods in different protocols: any of them will do.
        let protocols = Set(UpstreamPods.ports(of: key.upstream, mesh).map(\.wireProtocol))
        let callable = identities.filter { identity in
            members.contains { member in
                member.identity == identity
                    && protocols.contains { wireProtocol in
                        mesh(
                            MayCall.self,
                            MayCall.Key(
                                client: key.client, destination: identity, targetPort: member.port,
                                wireProtocol: wireProtocol))
                    }
            }
        }
        return callable.isEmpty || callable.count == identities.count ? nil : callable
    }
}
