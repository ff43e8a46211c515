internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

extension EgressPort {
    /// The listener at every address, which binds none: it gets redirected connections from `outbound-listener`.
    var listener: Envoy.Listener {
        var listener = Envoy.Listener()
        listener.name = ResourceName.egressListener(key.port).name
        listener.setCatchAllAddress(port: key.port, families: key.proxies.families)
        listener.bindToPort = .init(false)
        listener.trafficDirection = .outbound
        // A server that speaks first would never be heard behind a filter that awaits the client's first bytes, so they
        // are only where something is told apart by them.
        if zones.contains(where: { !$0.servers.isEmpty }) {
            listener.listenerFilters.append(
                .init("envoy.filters.listener.tls_inspector", Envoy.TlsInspector().packed()))
        }
        if hosts != nil {
            listener.listenerFilters.append(
                .init("envoy.filters.listener.http_inspector", Envoy.HttpInspector().packed()))
        }
        // Who stays silent speaks neither.
        listener.continueOnListenerFiltersTimeout = !listener.listenerFilters.isEmpty
        listener.filterChains = zones.flatMap(chains)
        listener.defaultFilterChain = .connections(
            to: catchAll,
            isPassthrough
                ? "passed through: no egress policy of this workload names it"
                : "refused: no egress policy of this workload allows it, and egress is off")
        return listener
    }

    /// The chains of a zone: an edit of one host or range leaves all other chains alone.
    private func chains(of zone: Zone) -> [Envoy.FilterChain] {
        func chain(_ name: String, _ chain: Envoy.FilterChain) -> Envoy.FilterChain {
            var chain = chain
            chain.name = zone.range.map { "\(name) \($0)" } ?? name
            if let range = zone.range {
                var prefix = Envoy.CidrRange()
                prefix.addressPrefix = range.address.description
                prefix.prefixLen = .init(UInt32(range.prefixLength))
                chain.filterChainMatch.prefixRanges = [prefix]
            }
            return chain
        }
        var chains: [Envoy.FilterChain] = []
        if hosts != nil {
            var http = Envoy.FilterChain()
            http.filters = [requestFilter]
            http.filterChainMatch.transportProtocol = "raw_buffer"
            http.filterChainMatch.applicationProtocols = ["http/1.0", "http/1.1", "h2c"]
            chains.append(chain("http", http))
        }
        for server in zone.servers {
            var tls = connections(server.connections)
            tls.filterChainMatch.transportProtocol = "tls"
            if server.name != "*" { tls.filterChainMatch.serverNames = [server.name] }
            chains.append(chain("https \(server.name)", tls))
        }
        guard let connections = zone.connections else { return chains }
        let tcp = self.connections(connections)
        chains.append(chain("tcp", tcp))
        if hosts != nil {
            // Envoy looks no further once a chain asks for a transport protocol that the connection has.
            var plain = tcp
            plain.filterChainMatch.transportProtocol = "raw_buffer"
            chains.append(chain("tcp, not http", plain))
        }
        return chains
    }

    private func connections(_ connections: Connections) -> Envoy.FilterChain {
        .connections(
            to: .externalPort(key.port, connections.setting), "allowed by an egress policy",
            idleTimeout: settings(connections.setting)?.idleTimeout)
    }

    private var requestFilter: Envoy.Filter {
        var manager = Envoy.HttpConnectionManager(statPrefix: "egress", route: .egressRoute(key.port))
        // What leaves the mesh goes out as it came.
        manager.normalizePath = .init(false)
        manager.mergeSlashes = false
        manager.pathWithEscapedSlashesAction = .keepUnchanged
        manager.observe(observation, .outbound)
        manager.setFilters([])
        return manager.filter
    }
}

extension Envoy.FilterChain {
    /// Connections of any kind, to a cluster.
    fileprivate static func connections(
        to cluster: ResourceName, _ reason: String, idleTimeout: Duration? = nil
    ) -> Envoy.FilterChain {
        var proxy = Envoy.TcpProxy(statPrefix: "egress")
        if let idleTimeout { proxy.idleTimeout = .init(idleTimeout) }
        proxy.cluster = cluster.name
        proxy.accessLog = [.connections(reason)]
        var chain = Envoy.FilterChain()
        chain.filters = [proxy.filter]
        return chain
    }
}
