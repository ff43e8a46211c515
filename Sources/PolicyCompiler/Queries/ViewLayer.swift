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
        case permissive
        /// The services that an identity may call by TrafficTargets.
        case reach(ServiceIdentity)
        /// An inbound configuration.
        case inbound(InboundKey)
        /// A catch-all for outbound connections.
        case egress(EgressKey)

        /// The layer's name, different for different keys.
        public var description: String {
            switch self {
            case .mesh: "mesh"
            case .permissive: "permissive"
            case .reach(let identity): "reach \(identity)"
            case .inbound(let key): "inbound \(key)"
            case .egress(let key): "egress \(key)"
            }
        }
    }

    /// The value for a key.
    public static func evaluate(_ key: Key, _ mesh: MeshReader) -> [DerivedResource] {
        switch key {
        case .mesh: [.roots]
        case .permissive: outbound(mesh(PermissiveReach.self, .one), client: nil, mesh)
        case .reach(let identity): outbound(mesh(DeclaredReach.self, identity), client: identity, mesh)
        case .inbound(let key): [.inbound(key)]
        case .egress(let key): [.egress(key)]
        }
    }

    /// Everything that calling these ports takes.
    private static func outbound(
        _ ports: [ServicePort], client: ServiceIdentity?, _ mesh: MeshReader
    ) -> [DerivedResource] {
        var resources: Set<DerivedResource> = []
        for port in ports {
            let parts = mesh(PortResources.self, port)
            // Nobody can call a port without an address: an older service holds it, or there is no pod.
            guard !parts.addresses.isEmpty else { continue }
            resources.formUnion(parts.addresses.map(DerivedResource.listener))
            resources.insert(.route(port))
            for upstream in parts.upstreams {
                resources.insert(.upstream(upstream))
                guard upstream.choice == .balanced else { continue }
                let allowed = client.flatMap {
                    mesh(OfferedIdentities.self, .init(client: $0, upstream: upstream.target))
                }
                resources.insert(.endpoints(.init(upstream: upstream.target, allowed: allowed)))
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
    }

    static func evaluate(_ port: ServicePort, _ mesh: MeshReader) -> Parts {
        let addresses = mesh(ClaimedAddresses.self, port).filter { mesh(AddressClaim.self, $0) == port }
        return Parts(addresses: addresses, upstreams: mesh(OutboundRouteQuery.self, port)?.upstreams ?? [])
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
