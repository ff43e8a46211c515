import EnvoyAPI
import EnvoyTranslator
import MeshModel
import MeshPolicy
import SwiftProtobuf
import Testing
import XDSCache

@Suite("TCP")
struct TCPTests {
    @Test("A listener says nothing of where connections go: it asks for its TCP proxy by the name of the service port")
    func listener() throws {
        let listener = OutboundListener(
            address: try Fixture.address("10.0.0.1"), servicePort: Fixture.storePort, wireProtocol: .tcp)
        let resource = try #require(listener.resources(origins: []).first)
        let message = try resource.message(Envoy_Config_Listener_V3_Listener.self)
        let filter = try #require(message.filterChains.first?.filters.first)
        #expect(filter.name == "outbound/shop/store/80")
        #expect(
            filter.configDiscovery.typeUrls == [
                "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
            ])
        #expect(!filter.configDiscovery.applyDefaultConfigWithoutWarming)
        // A listener without a default is not used before its TCP proxy has come.
        #expect(!filter.configDiscovery.hasDefaultConfig)
        #expect(resource.references.map(\.description) == ["TypedExtensionConfig outbound/shop/store/80"])
    }

    private func proxy(
        _ backends: [WeightedUpstream]
    ) throws -> (
        proxy: Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy, resources: [Resource]
    ) {
        let route = OutboundRoute(
            servicePort: Fixture.storePort, wireProtocol: .tcp, rules: [.init(match: nil, backends: backends)])
        let resources = route.resources(origins: Fixture.origins)
        let first = try #require(resources.first)
        #expect(first.key.name.description == "TypedExtensionConfig outbound/shop/store/80")
        #expect(first.origins == Fixture.origins.sorted())
        let config = try first.message(Envoy_Config_Core_V3_TypedExtensionConfig.self)
        #expect(config.name == first.key.name.name)
        return (try .init(serializedBytes: config.typedConfig.value), resources)
    }

    @Test("One backend is a cluster, several share by weight")
    func backends() throws {
        let store = WeightedUpstream(upstream: UpstreamName(Fixture.storeTarget), weight: 5)
        let canary = WeightedUpstream(upstream: UpstreamName(Fixture.canaryTarget), weight: 1)
        let one = try proxy([store])
        #expect(one.proxy.cluster == "shop/store|8080")
        #expect(one.resources.count == 1)
        #expect(one.resources[0].references.map(\.name) == ["shop/store|8080"])
        let several = try proxy([canary, store])
        #expect(several.proxy.weightedClusters.clusters.map(\.name) == ["shop/canary|8080", "shop/store|8080"])
        #expect(several.proxy.weightedClusters.clusters.map(\.weight) == [1, 5])
        for proxy in [one.proxy, several.proxy] {
            #expect(proxy.maxConnectAttempts.value == 3)
            #expect(proxy.hasIdleTimeout && proxy.idleTimeout == .init(seconds: 0, nanos: 0))
        }
    }

    @Test("Without a backend connections go to a cluster that has no endpoint")
    func nowhere() throws {
        let (proxy, resources) = try proxy([])
        #expect(proxy.cluster == "shop/store/80|refused")
        #expect(resources.map(\.key.name.description)[1...] == ["Cluster shop/store/80|refused"])
        let cluster = try resources[1].message(Envoy_Config_Cluster_V3_Cluster.self)
        #expect(cluster.type == .static && cluster.loadAssignment.endpoints.isEmpty)
    }

    @Test("The pod that a client of a headless service called is dialled, with the names of all its pods")
    func direct() throws {
        let upstream = Upstream(
            name: UpstreamName(Fixture.storeTarget, .direct), identities: [Fixture.web],
            trustDomains: ["cluster.local"],
            tls: TLSParameters())
        let resource = try #require(upstream.resources(origins: []).first)
        let cluster = try resource.message(Envoy_Config_Cluster_V3_Cluster.self)
        #expect(cluster.name == "shop/store|8080|direct")
        #expect(cluster.type == .originalDst && cluster.lbPolicy == .clusterProvided)
        // No endpoints: siblings come and go without it.
        #expect(resource.references.map(\.description) == ["Secret roots", "Secret workload"])
    }

    private func inbound(
        _ authorization: Authorization
    ) throws -> (
        listener: Envoy_Config_Listener_V3_Listener, peers: Envoy_Extensions_TransportSockets_Tls_V3_Secret,
        filter: Envoy_Extensions_Filters_Network_Rbac_V3_RBAC
    ) {
        let resources = Fixture.inbound(authorization, .tcp).resources(origins: [])
            .filter { !$0.key.name.name.hasPrefix("limits/") }
        #expect(
            resources.map(\.key.name.description) == [
                "Listener inbound-listener", "TypedExtensionConfig inbound/store/8080",
                "TypedExtensionConfig inbound/8080", "Cluster shop/store|8080|local", "Cluster 8080|local",
                "Secret peers/8080", "TypedExtensionConfig authz/8080",
            ])
        let config = try resources[6].message(Envoy_Config_Core_V3_TypedExtensionConfig.self)
        return (
            try resources[0].message(), try resources[5].message(), try .init(serializedBytes: config.typedConfig.value)
        )
    }

    @Test("Who may connect is decided in the handshake, before the application can speak")
    func handshake() throws {
        let (listener, peers, filter) = try inbound(
            Fixture.policy([.any], from: [Fixture.web, Fixture.dotted]))
        for chain in listener.filterChains {
            let context = try Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext(
                serializedBytes: chain.transportSocket.typedConfig.value)
            #expect(context.requireClientCertificate.value)
            #expect(context.commonTlsContext.validationContextSdsSecretConfig.name == "peers/8080")
            let limits = chain.filterChainMatch.serverNames.isEmpty ? "limits/8080" : "limits/store/8080"
            #expect(
                chain.filters.map(\.name) == [
                    "authz/8080", "\(limits)/connections", "\(limits)/global-connections", chain.name,
                ])
        }
        let proxies = Fixture.inbound(.anyPeer, .tcp).resources(origins: []).filter {
            $0.key.name.type == .extension && $0.key.name.name.hasPrefix("inbound/")
        }
        #expect(proxies.count == 2)
        for resource in proxies {
            let config = try resource.message(Envoy_Config_Core_V3_TypedExtensionConfig.self)
            let proxy = try Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy(
                serializedBytes: config.typedConfig.value)
            #expect(proxy.upstreamConnectMode == .onDownstreamTlsHandshake)
            #expect(proxy.hasMaxEarlyDataBytes && proxy.maxEarlyDataBytes.value == 0)
        }
        #expect(peers.validationContext.trustedCa.inlineString == "PEM")
        #expect(
            peers.validationContext.matchTypedSubjectAltNames.map(\.matcher.exact) == [
                "spiffe://cluster.local/web/front", "web.front.cluster.local",
                "spiffe://cluster.local/web.v1/front", "web.v1.front.cluster.local",
            ])
        #expect(filter.rules.action == .allow)
        #expect(filter.rules.policies.keys.sorted() == ["shop/to-store/routes"])
        // Only of shadow rules does Envoy tell which policy allowed.
        #expect(filter.shadowRules == filter.rules)
    }

    @Test("With no policy the handshake accepts a name that nobody holds, and the filter behind it nothing")
    func nobody() throws {
        let (_, peers, filter) = try inbound(.policies([]))
        #expect(peers.validationContext.matchTypedSubjectAltNames.map(\.matcher.exact) == ["nobody.invalid"])
        #expect(filter.hasRules && filter.rules.action == .allow && filter.rules.policies.isEmpty)
    }

    @Test("Permissive mode accepts any certificate under the roots")
    func permissive() throws {
        let (_, peers, filter) = try inbound(.anyPeer)
        #expect(peers.validationContext.trustedCa.inlineString == "PEM")
        #expect(peers.validationContext.matchTypedSubjectAltNames.isEmpty)
        #expect(filter.rules.policies.keys.sorted() == ["permissive"])
    }
}
