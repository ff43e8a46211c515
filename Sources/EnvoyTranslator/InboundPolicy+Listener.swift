internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

extension InboundPolicy {
    /// The listener for redirected inbound connections: mutual TLS between proxies of the mesh, and what IngressBackends
    /// open to others.
    func listener(of entrances: [InboundEntrance]) -> Envoy.Listener {
        var listener = Envoy.Listener()
        listener.name = ResourceName.inboundListener.name
        listener.setCatchAllAddress(port: CatchAllPort.inbound, families: key.families)
        listener.trafficDirection = .inbound
        listener.listenerFilters = Self.listenerFilters
        listener.filterChains =
            (entrances + ports.compactMap(\.entranceByIngressNames)).map { $0.filterChain(tls: tls, observation) }
            + ingressEntrances.map { $0.filterChain(tls: tls, observation) }
        listener.accessLog = [Self.unmatched]
        return listener
    }

    private static let listenerFilters: [Envoy.ListenerFilter] = [
        .init("envoy.filters.listener.original_dst", Envoy.OriginalDst().packed()),
        .init("envoy.filters.listener.tls_inspector", Envoy.TlsInspector().packed()),
    ]
    private static let unmatched = Envoy.AccessLog.unmatchedConnections(
        "not from a proxy of the mesh, or to a port that no service of the mesh leads to")
}

extension InboundEntrance {
    /// The chain for connections of proxies of the mesh that come this way.
    fileprivate func filterChain(tls: TLSParameters, _ observation: Observation) -> Envoy.FilterChain {
        var chain = Envoy.FilterChain()
        chain.name = ingressNames.isEmpty ? route.name : "\(route.name)/ingress"
        chain.filterChainMatch.destinationPort = .init(UInt32(port.port))
        chain.filterChainMatch.transportProtocol = "tls"
        chain.filterChainMatch.applicationProtocols = [MeshProtocol.name]
        chain.filterChainMatch.serverNames = service.map { [MeshNames.serverName(of: $0)] } ?? ingressNames
        switch wireProtocol {
        case .http:
            chain.transportSocket = .server(tls, peers: .roots)
            chain.filters = RateLimitFilter.connections(limitNames) + [requestFilter(observation)]
        case .tcp:
            chain.transportSocket = .server(tls, peers: .peers(port.port))
            chain.filters =
                [.discovered(.connectionAuthorization(port.port), Envoy.NetworkRBAC.self)]
                + RateLimitFilter.connections(limitNames) + [.discovered(connections, Envoy.TcpProxy.self)]
        }
        return chain
    }

    private func requestFilter(_ observation: Observation) -> Envoy.Filter {
        var manager = Envoy.HttpConnectionManager(statPrefix: "inbound", route: route)
        manager.observe(observation, .inbound)
        manager.localReplyConfig.mappers = [NotDelivered.mark]
        manager.setFilters([
            .healthCheckAnswers, AuthorizationFilter.denyingAll, RateLimitFilter.local, RequestAuthorizer.filter,
            RateLimitFilter.global(limitNames.globalRequests),
        ])
        return manager.filter
    }

    /// The TCP proxy: it comes as a resource of its own, since a limit that a service counts changes it.
    var connectionProxy: Envoy.TcpProxy {
        var proxy = Envoy.TcpProxy(statPrefix: "inbound")
        // The filter that asks a service holds a connection up. Envoy 1.40's proxy, told to wait for the handshake,
        // takes its end then for a beginning of its own, has no route yet, and closes the connection. So it dials once
        // the service has answered; nothing of what an application says first leaves before the handshake is done.
        if limits.service.globalConnections == nil { proxy.connectAfterHandshake() }
        proxy.cluster = cluster.name
        proxy.accessLog = [.inboundConnections]
        return proxy
    }
}

/// The ports to which the pod's connections are redirected, as in the original.
enum CatchAllPort {
    static let outbound: UInt16 = 15001
    static let inbound: UInt16 = 15003
}

extension Envoy.Listener {
    /// Listens on every address of the pod, on IPv6 exactly if the pod has it.
    mutating func setCatchAllAddress(port: UInt16, families: [IPAddress.Family]) {
        address = .init("0.0.0.0", port)
        guard families.contains(.v6) else { return }
        var additional = Envoy.AdditionalAddress()
        additional.address = .init("::", port)
        additionalAddresses = [additional]
    }
}

extension Envoy.ListenerFilter {
    /// A filter by its name and settings.
    init(_ name: String, _ config: Google_Protobuf_Any) {
        self.init()
        self.name = name
        typedConfig = config
    }
}
