import EnvoyAPI
import EnvoyTranslator
import MeshModel
import MeshPolicy
import SwiftProtobuf
import Testing
import XDSCache

@Suite("Outbound")
struct OutboundTests {
    @Test(
        "A listener is named by its address and never binds it",
        arguments: [("10.0.0.1", "10.0.0.1:80"), ("fd00:0::1", "[fd00::1]:80")])
    func listener(address: String, name: String) throws {
        let listener = OutboundListener(
            address: try Fixture.address(address), servicePort: Fixture.storePort, wireProtocol: .http)
        let resources = listener.resources(origins: Fixture.origins)
        #expect(resources.map(\.key.description) == ["Listener outbound/\(name)"])
        let message = try resources[0].message(Envoy_Config_Listener_V3_Listener.self)
        #expect(message.hasBindToPort && !message.bindToPort.value)
        #expect(resources[0].references.map(\.description) == ["RouteConfiguration outbound/shop/store/80"])
        #expect(resources[0].origins == Fixture.origins.sorted())
    }

    @Test("One backend is a cluster, several share by weight, none is 503, and so is what no rule matches")
    func rules() throws {
        let one = WeightedUpstream(upstream: UpstreamName(Fixture.storeTarget), weight: 5)
        let other = WeightedUpstream(upstream: UpstreamName(Fixture.canaryTarget), weight: 0)
        let match = HTTPMatch(pathRegex: "/a", methods: ["GET", "PUT"], headers: [HeaderMatch(name: "x", regex: "")])
        let route = OutboundRoute(
            servicePort: Fixture.storePort, wireProtocol: .http,
            rules: [
                .init(match: .any, backends: [one]), .init(match: .any, backends: [other, one]),
                .init(match: match, backends: []),
            ])
        let resource = try #require(route.resources(origins: []).first)
        let host = try #require(
            try resource.message(Envoy_Config_Route_V3_RouteConfiguration.self).virtualHosts.first)
        #expect(host.domains == ["*"])
        #expect(host.routes.count == 4)
        #expect(host.routes[0].route.cluster == "shop/store|8080")
        #expect(host.routes[1].route.weightedClusters.clusters.map(\.name) == ["shop/canary|8080", "shop/store|8080"])
        #expect(host.routes[1].route.weightedClusters.clusters.map(\.weight.value) == [0, 5])
        #expect(host.routes[2...].map(\.directResponse.status) == [503, 503])
        #expect(host.routes[2].match.safeRegex.regex == "/a")
        #expect(host.routes[2].match.headers.map(\.name) == [":method", "x"])
        #expect(host.routes[2].match.headers[0].stringMatch.safeRegex.regex == "GET|PUT")
        #expect(host.routes[2].match.headers[1].stringMatch.matchPattern == .exact(""))
        #expect(host.routes[3].match.prefix == "/" && host.routes[3].match.headers.isEmpty)
        #expect(resource.references.map(\.name) == ["shop/canary|8080", "shop/store|8080"])
    }

    @Test("Requests have no time limit, and only what was not delivered is retried")
    func delivery() throws {
        let backends = [WeightedUpstream(upstream: UpstreamName(Fixture.storeTarget), weight: 1)]
        let route = OutboundRoute(
            servicePort: Fixture.storePort, wireProtocol: .http, rules: [.init(match: nil, backends: backends)])
        let resource = try #require(route.resources(origins: []).first)
        let configuration = try resource.message(Envoy_Config_Route_V3_RouteConfiguration.self)
        let host = try #require(configuration.virtualHosts.first)
        #expect(host.routes.count == 1)
        #expect(host.routes[0].route.hasTimeout && host.routes[0].route.timeout == .init(seconds: 0, nanos: 0))
        #expect(host.retryPolicy.numRetries.value == 2)
        #expect(host.retryPolicy.retryOn == "refused-stream,connect-failure,reset-before-request,retriable-headers")
        #expect(host.retryPolicy.retriableHeaders.map(\.name) == ["x-osm-not-delivered"])
        #expect(configuration.responseHeadersToRemove == ["x-osm-not-delivered"])
    }

    @Test("A server must hold one of the names of its pods; without pods, one that nobody holds")
    func names() throws {
        for (identities, names) in [
            ([Fixture.web], ["spiffe://cluster.local/web/front", "web.front.cluster.local"]), ([], ["nobody.invalid"]),
        ] {
            let resource = try #require(Fixture.upstream(identities).resources(origins: []).first)
            let cluster = try resource.message(Envoy_Config_Cluster_V3_Cluster.self)
            let context = try Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext(
                serializedBytes: cluster.transportSocket.typedConfig.value)
            let combined = context.commonTlsContext.combinedValidationContext
            #expect(combined.defaultValidationContext.matchTypedSubjectAltNames.map(\.matcher.exact) == names)
            #expect(combined.validationContextSdsSecretConfig.name == "roots")
            #expect(context.sni == "store.shop.svc.cluster.local")
            #expect(context.commonTlsContext.alpnProtocols == ["osm"])
            #expect(
                resource.references.map(\.description) == [
                    "ClusterLoadAssignment shop/store|8080", "Secret roots", "Secret workload",
                ])
        }
    }

    @Test("Endpoints keep their zones; an unknown zone is none")
    func zones() throws {
        let endpoints = Endpoints(
            name: Fixture.storeTarget,
            localities: [
                .init(zone: "", addresses: [try Fixture.address("10.0.0.1", 8080)]),
                .init(
                    zone: "a", addresses: [try Fixture.address("10.0.0.2", 8080), try Fixture.address("fd00::2", 8080)]),
            ])
        let resource = try #require(endpoints.resources(variant: "front/web", origins: []).first)
        #expect(resource.key.description == "ClusterLoadAssignment shop/store|8080 (front/web)")
        let assignment = try resource.message(Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self)
        #expect(assignment.endpoints.map(\.hasLocality) == [false, true])
        #expect(assignment.endpoints.map(\.locality.zone) == ["", "a"])
        #expect(assignment.endpoints.map(\.priority) == [0, 0])
        let hosts = assignment.endpoints.flatMap(\.lbEndpoints).map(\.endpoint.address.socketAddress)
        #expect(hosts.map(\.address) == ["10.0.0.1", "10.0.0.2", "fd00::2"])
        #expect(hosts.allSatisfy { $0.portValue == 8080 })
    }

    @Test("What matches no listener passes through, or goes where nothing is", arguments: [true, false])
    func egress(isPassthrough: Bool) throws {
        let key = CatchAllKey(families: [.v4, .v6])
        let resources = EgressPolicy(key: key, isPassthrough: isPassthrough).resources(origins: [])
        let name = isPassthrough ? "passthrough-outbound" : "refused"
        #expect(resources.map(\.key.name.description) == ["Listener outbound-listener", "Cluster \(name)"])
        #expect(resources.allSatisfy { $0.key.variant == key.description })
        #expect(resources[0].references == [resources[1].key.name])
        let listener = try resources[0].message(Envoy_Config_Listener_V3_Listener.self)
        #expect(listener.useOriginalDst.value)
        #expect(listener.additionalAddresses.map(\.address.socketAddress.address) == ["::"])
        let cluster = try resources[1].message(Envoy_Config_Cluster_V3_Cluster.self)
        #expect(cluster.type == (isPassthrough ? .originalDst : .static))
        #expect(cluster.loadAssignment.endpoints.isEmpty)
    }
}
