import EnvoyAPI
import EnvoyTranslator
import MeshModel
import MeshPolicy
import SwiftProtobuf
import Testing
import XDSCache

@Suite("Inbound")
struct InboundTests {
    /// What limits is there from the start, whether it limits or not.
    private static let limits = ["limits/store/8080", "limits/8080"].flatMap { prefix in
        ["connections", "global-connections", "global-requests"].map { "TypedExtensionConfig \(prefix)/\($0)" }
    }

    @Test("A port has a chain per service and one for all other names, each with a route and a cluster")
    func chains() throws {
        let resources = Fixture.inbound().resources(origins: Fixture.origins)
        #expect(
            resources.map(\.key.name.description) == [
                "Listener inbound-listener", "RouteConfiguration inbound/store/8080", "RouteConfiguration inbound/8080",
                "Cluster shop/store|8080|local", "Cluster 8080|local",
            ] + Self.limits)
        #expect(Set(resources.map(\.key.variant)) == [Fixture.inbound().key.description])
        #expect(resources.allSatisfy { $0.origins == Fixture.origins.sorted() })
        let listener = try resources[0].message(Envoy_Config_Listener_V3_Listener.self)
        let matches = listener.filterChains.map(\.filterChainMatch)
        #expect(matches.map(\.serverNames) == [["store.shop.svc.cluster.local"], []])
        #expect(matches.allSatisfy { $0.destinationPort.value == 8080 && $0.transportProtocol == "tls" })
        #expect(matches.allSatisfy { $0.applicationProtocols == ["osm"] })
        #expect(
            Set(resources[0].references.map(\.description))
                == Set(
                    [
                        "Secret roots", "Secret workload", "RouteConfiguration inbound/store/8080",
                        "RouteConfiguration inbound/8080", "TypedExtensionConfig health-check",
                        "TypedExtensionConfig ext-authz",
                    ] + Self.limits))
        #expect(resources[1].references.map(\.description) == ["Cluster shop/store|8080|local"])
    }

    @Test("The server asks for a certificate and negotiates no protocol, which would break HTTP/2")
    func tls() throws {
        let resource = try #require(Fixture.inbound().resources(origins: []).first)
        let listener = try resource.message(Envoy_Config_Listener_V3_Listener.self)
        #expect(listener.filterChains.count == 2)
        for chain in listener.filterChains {
            let context = try Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext(
                serializedBytes: chain.transportSocket.typedConfig.value)
            #expect(context.requireClientCertificate.value)
            #expect(context.commonTlsContext.alpnProtocols.isEmpty)
            #expect(context.commonTlsContext.validationContextSdsSecretConfig.name == "roots")
            #expect(context.commonTlsContext.tlsCertificateSdsSecretConfigs.map(\.name) == ["workload"])
        }
    }

    @Test("The filter of the connection manager denies everything that no route configuration allows")
    func denyingFilter() throws {
        let resource = try #require(Fixture.inbound().resources(origins: []).first)
        for (manager, prefix) in zip(try Fixture.managers(of: resource), ["limits/store/8080", "limits/8080"]) {
            #expect(
                manager.httpFilters.map(\.name) == [
                    "health-check", "envoy.filters.http.rbac", "envoy.filters.http.local_ratelimit", "ext-authz",
                    "\(prefix)/global-requests", "envoy.filters.http.router",
                ])
            let filter = try Envoy_Extensions_Filters_Http_Rbac_V3_RBAC(
                serializedBytes: manager.httpFilters[1].typedConfig.value)
            #expect(filter.hasRules && filter.rules.action == .allow && filter.rules.policies.isEmpty)
        }
    }

    @Test("The mark of a request that was not delivered is the proxy's alone")
    func mark() throws {
        let resources = Fixture.inbound().resources(origins: [])
        for manager in try Fixture.managers(of: resources[0]) {
            let mapper = try #require(manager.localReplyConfig.mappers.first)
            #expect(mapper.filter.responseFlagFilter.flags == ["UF"])
            #expect(mapper.headersToAdd.map(\.header.key) == ["x-osm-not-delivered"])
        }
        for resource in resources where resource.key.name.type == .route {
            let route = try resource.message(Envoy_Config_Route_V3_RouteConfiguration.self)
            #expect(route.responseHeadersToRemove == ["x-osm-not-delivered"])
        }
    }

    @Test("IPv6 is listened on exactly where the pod has it")
    func families() throws {
        let cases: [([IPAddress.Family], [String])] = [([.v4], []), ([.v6], ["::"]), ([.v4, .v6], ["::"])]
        for (families, additional) in cases {
            let resource = try #require(
                Fixture.inbound(.anyPeer, families: families).resources(origins: []).first)
            let listener = try resource.message(Envoy_Config_Listener_V3_Listener.self)
            #expect(listener.address.socketAddress.address == "0.0.0.0")
            #expect(listener.address.socketAddress.portValue == 15003)
            #expect(listener.additionalAddresses.map(\.address.socketAddress.address) == additional)
        }
    }
}
