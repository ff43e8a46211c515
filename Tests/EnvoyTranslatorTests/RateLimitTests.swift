import EnvoyAPI
import EnvoyTranslator
import MeshModel
import MeshPolicy
import SwiftProtobuf
import Testing
import XDSCache

@Suite("Rate limits")
struct RateLimitTests {
    private static let store = ObjectName(namespace: "shop", name: "store-1")

    private static func scenarios() throws -> [String] { try Scenario.names().filter { $0.hasPrefix("limits-") } }

    @Test("come, change and go without a change of a listener", arguments: try scenarios())
    func listeners(name: String) throws {
        let scenario = try Scenario(name)
        let limited = CompiledScenario(scenario).views
        let unlimited = CompiledScenario(scenario.without(.upstreamTrafficSetting)).views
        #expect(limited.keys == unlimited.keys)
        for (pod, view) in limited {
            func listeners(_ view: [ResourceName: Resource]) -> [ResourceName: String] {
                view.filter { $0.key.type == .listener }.mapValues(\.version)
            }
            #expect(listeners(view) == listeners(unlimited[pod] ?? [:]), "\(pod)")
        }
    }

    @Test("of one service are nothing to another on the same port of the same pod")
    func others() throws {
        let scenario = try Scenario("limits-local-http")
        let limited = try #require(CompiledScenario(scenario).views[Self.store])
        let unlimited = try #require(
            CompiledScenario(scenario.without(.upstreamTrafficSetting)).views[Self.store])
        let differing = limited.filter { unlimited[$0.key]?.version != $0.value.version }.map(\.key.description)
        #expect(differing == ["RouteConfiguration inbound/store-v1/8080"])
    }

    @Test("put a value with percent signs into a header as it is")
    func headers() throws {
        let view = try #require(CompiledScenario(Scenario("limits-local-http")).views[Self.store])
        let resource = try #require(view[ResourceName(.route, "inbound/store-v1/8080")])
        let route = try resource.message(Envoy_Config_Route_V3_RouteConfiguration.self)
        let packed = try #require(
            route.virtualHosts.first?.typedPerFilterConfig["envoy.filters.http.local_ratelimit"])
        let limit = try Envoy_Extensions_Filters_Http_LocalRatelimit_V3_LocalRateLimit(serializedBytes: packed.value)
        #expect(limit.responseHeadersToAdd.map(\.header.value) == ["100%%"])
        #expect(limit.tokenBucket.maxTokens == 15 && limit.tokenBucket.tokensPerFill.value == 10)
        #expect(limit.tokenBucket.fillInterval == .init(seconds: 60, nanos: 0))
    }

    @Test("of routes stand from the most specific to the least, the service's own last")
    func routes() throws {
        let view = try #require(CompiledScenario(Scenario("limits-local-routes")).views[Self.store])
        let resource = try #require(view[ResourceName(.route, "inbound/store/8080")])
        let host = try #require(
            try resource.message(Envoy_Config_Route_V3_RouteConfiguration.self).virtualHosts.first)
        #expect(host.routes.map(\.match.safeRegex.regex) == ["/books", "/buy/[a-z]+", "/.*", ""])
        #expect(host.routes.map(\.typedPerFilterConfig.count) == [1, 1, 1, 0])
        #expect(host.routes.allSatisfy { $0.route.cluster == "shop/store|8080|local" })
    }

    @Test("ask the same service with the domain of whose limit it is")
    func apex() throws {
        let name = ObjectName(namespace: "shop", name: "store-2")
        let view = try #require(CompiledScenario(Scenario("limits-apex-global")).views[name])
        let filter = ResourceName(.extension, "limits/store-v2/8080/global-requests")
        let settings = try #require(view[filter])
        #expect(settings.references.map(\.description) == ["Cluster limits.tools|8081"])
        let config = try settings.message(Envoy_Config_Core_V3_TypedExtensionConfig.self)
        let limit = try Envoy_Extensions_Filters_Http_Ratelimit_V3_RateLimit(serializedBytes: config.typedConfig.value)
        #expect(limit.domain == "backend")
        let resource = try #require(view[ResourceName(.route, "inbound/store-v2/8080")])
        let hosts = try resource.message(Envoy_Config_Route_V3_RouteConfiguration.self).virtualHosts
        #expect(hosts.map { $0.domains.count } == [10, 1])
        #expect(hosts[0].domains.prefix(4) == ["store", "store:80", "store.shop", "store.shop:80"])
        #expect(hosts.map { $0.rateLimits.first?.actions.first?.genericKey.descriptorValue } == ["store", "store-v2"])
        let packed = try #require(hosts[0].typedPerFilterConfig[filter.name])
        let override = try Envoy_Extensions_Filters_Http_Ratelimit_V3_RateLimitPerRoute(serializedBytes: packed.value)
        #expect(override.domain == "apex")
        #expect(hosts[1].typedPerFilterConfig.isEmpty)
    }

    @Test("look up the service that counts in the families of addresses that the pod has")
    func families() throws {
        let service = RateLimitService(host: "limits", port: 8081)
        let limit = GlobalConnectionLimit(
            service: service, timeout: nil, isOpenOnFailure: false, domain: "d",
            descriptors: [[.init(key: "a", value: "b")]])
        let limits = EntranceLimits(service: ServiceLimits(globalConnections: limit))
        let expected: [([IPAddress.Family], Envoy_Extensions_Clusters_Common_Dns_V3_DnsLookupFamily)] = [
            ([.v4], .v4Only), ([.v6], .v6Only), ([.v4, .v6], .v4Preferred),
        ]
        for (families, lookup) in expected {
            let identity = ServiceIdentity(namespace: "shop", serviceAccount: "store")
            let policy = InboundPolicy(
                key: InboundKey(identity: identity, targets: [Fixture.storeTarget], families: families),
                ports: [
                    InboundPort(
                        port: 8080, wireProtocol: .http,
                        services: [.init(name: Fixture.store, wireProtocol: .http, limits: limits)], http: .anyPeer,
                        tcp: nil, limits: limits)
                ], trustDomains: ["cluster.local"], tls: TLSParameters())
            // Both ways in ask the same service: there is one cluster.
            let clusters = policy.resources(origins: []).filter { $0.key.name.name == "limits|8081" }
            try #require(clusters.count == 1)
            let cluster = try clusters[0].message(Envoy_Config_Cluster_V3_Cluster.self)
            let names = try Envoy_Extensions_Clusters_Dns_V3_DnsCluster(unpackingAny: cluster.clusterType.typedConfig)
            #expect(names.dnsLookupFamily == lookup)
        }
    }
}
