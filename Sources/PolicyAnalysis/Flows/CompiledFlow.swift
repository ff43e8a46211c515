package import MeshModel
package import MeshPolicy
package import PolicyCompiler

/// How an identity's calls of a service port go, as the policy is compiled: which requests to which pods, and what the
/// proxies of these say.
package struct CompiledFlow: Hashable, Sendable {
    /// Who calls.
    package let client: ServiceIdentity
    /// What is called.
    package let port: ServicePort
    /// How connections are read.
    package let wireProtocol: WireProtocol
    /// Where the client's proxy listens for it: sorted; empty if it does not know of it.
    package let addresses: [SocketAddress]
    /// Whether what the client's proxy does not know may leave the mesh at these ports: all of it, or what policies say.
    package let isEgressOpen: Bool
    /// What becomes of requests, in the order in which proxies look: a request that none matches gets 503.
    package let branches: [Branch]

    /// Requests, and the pods that share them.
    package struct Branch: Hashable, Sendable {
        /// The requests; `nil` for all.
        package let match: HTTPMatch?
        /// Who shares them: sorted by upstream.
        package let shares: [Share]
    }

    /// An upstream and its share.
    package struct Share: Hashable, Sendable {
        package let upstream: UpstreamName
        package let weight: UInt32
        /// How the upstream's own service reads the port of that number, by which it is decided who knows of it.
        package let wireProtocol: WireProtocol
        /// Who answers: sorted; none while no pod is ready.
        package let servers: [Server]
    }

    /// Pods whose proxies say the same to requests.
    package struct Server: Hashable, Sendable {
        package let identity: ServiceIdentity
        /// The port of the pods.
        package let port: UInt16
        /// The service that is named in the handshake.
        package let service: ObjectName
        package let access: Access
        /// The pods: sorted.
        package let pods: [ObjectName]

        /// How the server's proxy reads connections; `nil` where that is not known.
        var spoken: WireProtocol? { if case .authorization(_, let spoken) = access { spoken } else { nil } }
    }

    /// What a server's proxy says.
    package enum Access: Hashable, Sendable {
        /// No service leads to the port: nobody listens there.
        case notServed
        /// The pod has a proxy of an original mesh, of which nothing is known here.
        case ofOriginal
        /// What the policies say of connections that are read in a way.
        case authorization(Authorization, WireProtocol)
    }

    /// Every server, those of all branches.
    package var servers: [Server] { branches.flatMap { $0.shares.flatMap(\.servers) } }
}

extension CompiledMesh {
    /// How the pods of an identity call a port of a service; `nil` if the mesh has no such port.
    ///
    /// Without a listener in the client's proxy the branches tell what would be if it had one.
    ///
    /// - Parameter view: The view of a proxy of the client.
    package func flow(from view: PodView.View, to port: ServicePort) -> CompiledFlow? {
        guard let facts = value(MeshService.self, port.service), facts.ports.contains(where: { $0.port == port.port })
        else { return nil }
        let layers = view.layers.map(layer)
        let owned = value(ClaimedAddresses.self, port).filter { value(AddressClaim.self, $0) == port }
        let addresses = owned.filter { address in layers.contains { $0.listeners.contains(address) } }
        let key = layers.compactMap { $0.routes[port] }.first ?? RouteKey(port: port)
        guard let route = value(OutboundRouteQuery.self, key) else { return nil }
        let branches = route.rules.map { rule in
            CompiledFlow.Branch(
                match: rule.match,
                shares: rule.backends.map { backend in
                    CompiledFlow.Share(
                        upstream: backend.upstream, weight: backend.weight,
                        wireProtocol: wireProtocol(of: backend.upstream.target.service, port.port)
                            ?? route.wireProtocol,
                        servers: servers(of: backend.upstream, owned, addresses.isEmpty ? [] : layers))
                })
        }
        return CompiledFlow(
            client: view.identity, port: port, wireProtocol: route.wireProtocol, addresses: addresses,
            isEgressOpen: isEgressOpen(view, owned), branches: branches)
    }

    private func wireProtocol(of service: ObjectName, _ port: UInt16) -> WireProtocol? {
        value(MeshService.self, service)?.ports.first { $0.port == port }?.wireProtocol
    }

    private func isEgressOpen(_ view: PodView.View, _ addresses: [SocketAddress]) -> Bool {
        if isEgressPassthrough(view) { return true }
        let ports = view.layers.map(layer).reduce(into: Set()) { $0.formUnion($1.egressPorts) }
        return addresses.contains { ports.contains($0.port) }
    }

    /// Whether all that the client's proxy does not know may leave the mesh.
    func isEgressPassthrough(_ view: PodView.View) -> Bool {
        value(EgressPolicyQuery.self, view.egress.catchAll)?.isPassthrough == true
    }

    /// The pods that answer for an upstream, by what they say.
    ///
    /// - Parameter layers: The client's, which may have less than all of its endpoints; none for all.
    private func servers(
        of upstream: UpstreamName, _ addresses: [SocketAddress], _ layers: [LayerContents]
    ) -> [CompiledFlow.Server] {
        let key =
            layers.compactMap { $0.endpoints[upstream.target] }.first ?? EndpointsQuery.Key(upstream: upstream.target)
        // Who calls a pod by its own address gets that one, ready or not.
        let offered =
            upstream.choice == .direct
            ? addresses : value(EndpointsQuery.self, key)?.localities.flatMap(\.addresses) ?? []
        var groups: [CompiledFlow.Server: [ObjectName]] = [:]
        for address in offered {
            guard let pod = pod(at: address.ip) else { continue }
            let server = CompiledFlow.Server(
                identity: pod.identity, port: address.port, service: upstream.target.service,
                access: access(to: pod.name, port: address.port, through: upstream.target.service), pods: [])
            groups[server, default: []].append(pod.name)
        }
        return groups.map { server, pods in
            CompiledFlow.Server(
                identity: server.identity, port: server.port, service: server.service, access: server.access,
                pods: Set(pods).sorted())
        }
        .sorted {
            ($0.identity, $0.port, $0.pods.first ?? $0.service) < ($1.identity, $1.port, $1.pods.first ?? $1.service)
        }
    }

    /// What the proxy of a pod says to connections to a port that name a service.
    private func access(to pod: ObjectName, port: UInt16, through service: ObjectName) -> CompiledFlow.Access {
        guard let view = view(of: pod) else { return .ofOriginal }
        guard let inbound = value(InboundPolicyQuery.self, view.inbound)?.ports.first(where: { $0.port == port }) else {
            return .notServed
        }
        let spoken = inbound.services.first { $0.name == service }?.wireProtocol ?? inbound.wireProtocol
        guard let authorization = spoken == .http ? inbound.http : inbound.tcp else { return .notServed }
        return .authorization(authorization, spoken)
    }
}
