internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

/// A way to a port of the pod for clients outside the mesh.
///
/// It says how they speak, never who they are: that is in the route configuration, so that an edit of the sources, or of
/// their endpoints, ends no connection.
struct IngressEntrance {
    /// Whether a certificate is asked for in the handshake.
    enum Asked: String {
        case always = "required"
        /// Some of what is behind the server name needs one: those who show one must show a good one.
        case sometimes = "optional"
        case never = "none"
    }

    /// What is spoken.
    enum Transport {
        case plain
        /// TLS, for these server names; none for all other names, and none.
        case tls([String], Asked)
    }

    /// The port.
    let port: InboundPort
    /// What is spoken.
    let transport: Transport

    /// What its chain names.
    var references: Set<ResourceName> {
        let names = RateLimitNames(ingressTo: port.port)
        let common: Set = [
            .ingressRoute(port.port), names.connections, names.globalConnections, names.globalRequests,
            .requestAuthorizer,
        ]
        return switch transport {
        case .plain, .tls(_, .never): common
        case .tls: common.union([.roots])
        }
    }

    private var name: String {
        let route = ResourceName.ingressRoute(port.port).name
        return switch transport {
        case .plain: "\(route)/http"
        case .tls(let serverNames, let asked):
            serverNames.isEmpty ? "\(route)/https" : "\(route)/https/\(asked.rawValue)"
        }
    }

    /// The chain for clients that come this way.
    ///
    /// Proxies of the mesh have chains of their own, which match the protocol by which they recognize each other.
    func filterChain(tls parameters: TLSParameters, _ observation: Observation) -> Envoy.FilterChain {
        var chain = Envoy.FilterChain()
        chain.name = name
        chain.filterChainMatch.destinationPort = .init(UInt32(port.port))
        switch transport {
        case .plain: chain.filterChainMatch.transportProtocol = "raw_buffer"
        case .tls(let serverNames, let asked):
            chain.filterChainMatch.transportProtocol = "tls"
            chain.filterChainMatch.serverNames = serverNames
            chain.transportSocket = .server(parameters, asking: asked)
        }
        chain.filters = RateLimitFilter.connections(RateLimitNames(ingressTo: port.port)) + [requestFilter(observation)]
        return chain
    }

    private func requestFilter(_ observation: Observation) -> Envoy.Filter {
        var manager = Envoy.HttpConnectionManager(statPrefix: "ingress", route: .ingressRoute(port.port))
        manager.observe(observation, .inbound)
        manager.setFilters([
            AuthorizationFilter.denyingAll, RateLimitFilter.local, RequestAuthorizer.filter,
            RateLimitFilter.global(RateLimitNames(ingressTo: port.port).globalRequests),
        ])
        return manager.filter
    }
}

extension InboundPort {
    /// The ways in for clients outside the mesh: in plain text first, then by server name, then for all other names.
    var ingressEntrances: [IngressEntrance] {
        var entrances: [IngressEntrance] = []
        if ingress.contains(where: { $0.transport == .plain }) {
            entrances.append(IngressEntrance(port: self, transport: .plain))
        }
        let names = IngressServerNames(self)
        for asked in [IngressEntrance.Asked.always, .sometimes, .never] {
            let asking = names.answered.filter { names.asked(for: $0) == asked }
            if !asking.isEmpty { entrances.append(IngressEntrance(port: self, transport: .tls(asking, asked))) }
        }
        if let asked = names.asked(for: nil) {
            entrances.append(IngressEntrance(port: self, transport: .tls([], asked)))
        }
        return entrances
    }

    /// One more way in for proxies of the mesh, by the names that ingress has chains for; `nil` if there are none.
    ///
    /// Without it a connection of the mesh by such a name, which none of the services has yet or any more, would find no
    /// chain of the mesh.
    var entranceByIngressNames: InboundEntrance? {
        let own = Set(services.map { MeshNames.serverName(of: $0.name) })
        let names = IngressServerNames(self).answered.filter { !own.contains($0) }
        guard !names.isEmpty else { return nil }
        return InboundEntrance(
            port: self, service: nil, wireProtocol: wireProtocol, limits: limits, ingressNames: names)
    }
}

/// The server names that ingress answers to on a port, and what it asks for.
private struct IngressServerNames {
    private struct Access {
        /// Empty for every name.
        let names: Set<String>
        let asksForCertificate: Bool
    }

    /// The server names that need a chain by name: sorted, without duplicates.
    ///
    /// Also those of the services that lead to the port, if anybody answers them: the mesh's chains match these names,
    /// and once Envoy has chosen a name it looks for no other.
    private(set) var answered: [String] = []
    private let accesses: [Access]

    init(_ port: InboundPort) {
        accesses = port.ingress.compactMap { access in
            guard case .tls(let serverNames, let clients) = access.transport else { return nil }
            return Access(names: Set(serverNames), asksForCertificate: clients != .notAsked)
        }
        var names = accesses.reduce(into: Set<String>()) { $0.formUnion($1.names) }
        for service in port.services.map({ MeshNames.serverName(of: $0.name) }) where asked(for: service) != nil {
            names.insert(service)
        }
        answered = names.sorted()
    }

    /// Whether a certificate is asked for by those who answer to a server name, `nil` standing for a name that nobody
    /// wrote; `nil` if nobody answers.
    func asked(for name: String?) -> IngressEntrance.Asked? {
        let patterns = name.map(Self.patterns) ?? []
        let asked = accesses.filter { access in
            access.names.isEmpty || patterns.contains { access.names.contains($0) }
        }.map(\.asksForCertificate)
        guard asked.contains(true) else { return asked.isEmpty ? nil : .never }
        return asked.contains(false) ? .sometimes : .always
    }

    /// The server names of a policy that stand for a name, which may have a leading `*.`, too: itself, and one for each
    /// of its dots.
    private static func patterns(for name: String) -> [String] {
        [name] + name.indices.filter { name[$0] == "." }.map { "*" + name[$0...] }
    }
}

extension Envoy.TransportSocket {
    /// TLS as a server of clients outside the mesh.
    fileprivate static func server(
        _ parameters: TLSParameters, asking asked: IngressEntrance.Asked
    ) -> Envoy.TransportSocket {
        var context = Envoy.DownstreamTlsContext()
        context.requireClientCertificate = .init(asked == .always)
        context.commonTlsContext.tlsParams = .init(parameters)
        context.commonTlsContext.tlsCertificateSdsSecretConfigs = [.init(.workload)]
        if asked != .never { context.commonTlsContext.validationContextSdsSecretConfig = .init(.roots) }
        // No `alpn_protocols`: what is spoken goes on to the application, which may know HTTP/1.1 only, so that clients
        // that leave the choice to the server must not come with HTTP/2. The others are told by their first bytes.
        return .tls(context.packed())
    }
}
