internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

extension InboundPolicy {
    /// The listener for redirected inbound connections: mutual TLS between proxies of the mesh, nothing else.
    func listener(of entrances: [InboundEntrance]) -> Envoy.Listener {
        var listener = Envoy.Listener()
        listener.name = ResourceName.inboundListener.name
        listener.setCatchAllAddress(port: CatchAllPort.inbound, families: key.families)
        listener.trafficDirection = .inbound
        listener.listenerFilters = [
            .init("envoy.filters.listener.original_dst", Envoy.OriginalDst().packed()),
            .init("envoy.filters.listener.tls_inspector", Envoy.TlsInspector().packed()),
        ]
        listener.filterChains = entrances.map { $0.filterChain(tls: tls) }
        listener.accessLog = [
            .unmatchedConnections("not from a proxy of the mesh, or to a port that no service of the mesh leads to")
        ]
        return listener
    }
}

extension InboundEntrance {
    /// The chain for connections of proxies of the mesh that come this way.
    fileprivate func filterChain(tls: TLSParameters) -> Envoy.FilterChain {
        var chain = Envoy.FilterChain()
        chain.name = route.name
        chain.filterChainMatch.destinationPort = .init(UInt32(port.port))
        chain.filterChainMatch.transportProtocol = "tls"
        chain.filterChainMatch.applicationProtocols = [MeshProtocol.name]
        if let service { chain.filterChainMatch.serverNames = [MeshNames.serverName(of: service)] }
        switch wireProtocol {
        case .http:
            chain.transportSocket = .server(tls, peers: .roots)
            chain.filters = [requestFilter]
        case .tcp:
            chain.transportSocket = .server(tls, peers: .peers(port.port))
            chain.filters = [
                .discovered(.connectionAuthorization(port.port), Envoy.NetworkRBAC.self), connectionFilter,
            ]
        }
        return chain
    }

    private var requestFilter: Envoy.Filter {
        var manager = Envoy.HttpConnectionManager(statPrefix: "inbound", route: route)
        manager.accessLog = [.inboundRequests]
        manager.localReplyConfig.mappers = [NotDelivered.mark]
        manager.setFilters([AuthorizationFilter.denyingAll])
        return manager.filter
    }

    private var connectionFilter: Envoy.Filter {
        var proxy = Envoy.TcpProxy(statPrefix: "inbound")
        proxy.connectAfterHandshake()
        proxy.cluster = cluster.name
        proxy.accessLog = [.inboundConnections]
        return proxy.filter
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
