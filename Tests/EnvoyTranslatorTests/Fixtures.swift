import EnvoyAPI
import EnvoyTranslator
import MeshModel
import MeshPolicy
import SwiftProtobuf
import Testing
import XDSCache

/// Values to translate, with defaults for what a test does not care about.
enum Fixture {
    static let web = ServiceIdentity(namespace: "front", serviceAccount: "web")
    static let dotted = ServiceIdentity(namespace: "front", serviceAccount: "web.v1")
    static let store = ObjectName(namespace: "shop", name: "store")
    static let storePort = ServicePort(service: store, port: 80)
    static let storeTarget = ServiceTargetPort(service: store, targetPort: 8080)
    static let canaryTarget = ServiceTargetPort(
        service: ObjectName(namespace: "shop", name: "canary"), targetPort: 8080)
    static let origins: Set<Origin> = [
        Origin(object: ObjectKey(kind: .trafficSplit, name: store), generation: 2),
        Origin(object: ObjectKey(kind: .service, name: store), generation: 7),
    ]

    static func upstream(_ identities: [ServiceIdentity]) -> Upstream {
        Upstream(
            name: UpstreamName(storeTarget), identities: identities, trustDomains: ["cluster.local"],
            tls: TLSParameters())
    }

    static func inbound(
        _ authorization: Authorization = .anyPeer, _ wireProtocol: WireProtocol = .http,
        families: [IPAddress.Family] = [.v4]
    ) -> InboundPolicy {
        let identity = ServiceIdentity(namespace: "shop", serviceAccount: "store")
        return InboundPolicy(
            key: InboundKey(identity: identity, targets: [storeTarget], families: families),
            ports: [
                InboundPort(
                    port: 8080, wireProtocol: wireProtocol, services: [.init(name: store, wireProtocol: wireProtocol)],
                    http: wireProtocol == .http ? authorization : nil,
                    tcp: wireProtocol == .tcp ? authorization : nil)
            ], trustDomains: ["cluster.local"], tls: TLSParameters(),
            roots: wireProtocol == .tcp ? Roots(pem: "PEM") : nil)
    }

    static func policy(_ matches: [HTTPMatch], from principals: [ServiceIdentity] = [web]) -> Authorization {
        let target = ObjectKey(kind: .trafficTarget, name: ObjectName(namespace: "shop", name: "to-store"))
        return .policies([
            AuthorizationPolicy(name: "shop/to-store/routes", origin: target, principals: principals, matches: matches)
        ])
    }

    static func address(_ text: String, _ port: UInt16 = 80) throws -> SocketAddress {
        SocketAddress(ip: try #require(IPAddress(text)), port: port)
    }

    /// The rules by which a route configuration decides.
    static func rules(of inbound: InboundPolicy) throws -> [Envoy_Config_Rbac_V3_RBAC] {
        try inbound.resources(origins: []).filter { $0.key.name.type == .route }.map { resource in
            let configuration = try resource.message(Envoy_Config_Route_V3_RouteConfiguration.self)
            let packed = try #require(configuration.typedPerFilterConfig["envoy.filters.http.rbac"])
            let override = try Envoy_Extensions_Filters_Http_Rbac_V3_RBACPerRoute(serializedBytes: packed.value)
            #expect(override.hasRbac && override.rbac.hasRules && override.rbac.rules.action == .allow)
            #expect(override.rbac.trackPerRuleStats)
            return override.rbac.rules
        }
    }

    /// The connection managers of a listener.
    static func managers(
        of resource: Resource
    ) throws -> [Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager] {
        try resource.message(Envoy_Config_Listener_V3_Listener.self).filterChains.map { chain in
            try .init(serializedBytes: #require(chain.filters.last).typedConfig.value)
        }
    }
}
