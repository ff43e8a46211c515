import EnvoyAPI
import EnvoyTranslator
import MeshModel
import MeshPolicy
import SwiftProtobuf
import Testing
import XDSCache

@Suite("Settings of upstreams")
struct UpstreamSettingsTests {
    private typealias Seconds = Google_Protobuf_Duration

    private func cluster(
        _ choice: UpstreamName.Choice = .balanced, _ change: (inout UpstreamSettings) -> Void
    ) throws -> Envoy_Config_Cluster_V3_Cluster {
        var settings = UpstreamSettings()
        change(&settings)
        let upstream = Upstream(
            name: UpstreamName(Fixture.storeTarget, choice), identities: [], trustDomains: ["cluster.local"],
            tls: TLSParameters(), settings: settings)
        return try #require(upstream.resources(origins: []).first).message()
    }

    private func options(
        of cluster: Envoy_Config_Cluster_V3_Cluster
    ) throws -> Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions {
        let packed = try #require(cluster.typedExtensionProtocolOptions.values.first)
        return try .init(serializedBytes: packed.value)
    }

    @Test("Without a setting nothing is limited but connecting")
    func nothing() throws {
        let cluster = try cluster { _ in }
        let thresholds = try #require(cluster.circuitBreakers.thresholds.first)
        for limit in [
            thresholds.maxConnections, thresholds.maxPendingRequests, thresholds.maxRequests, thresholds.maxRetries,
        ] {
            #expect(limit.value == UInt32.max)
        }
        #expect(!thresholds.hasRetryBudget)
        #expect(cluster.connectTimeout == Seconds(seconds: 5, nanos: 0))
        #expect(try !options(of: cluster).hasCommonHTTPProtocolOptions)
        #expect(cluster.lbPolicy == .roundRobin)
        #expect(!cluster.hasOutlierDetection && cluster.healthChecks.isEmpty)
    }

    @Test("Each limit is the cluster's own; 0 is a limit, too")
    func limits() throws {
        let cluster = try cluster {
            $0.limits.connections = 0
            $0.limits.pendingRequests = 2
            $0.limits.requests = 3
            $0.limits.retries = 4
            $0.connectTimeout = .milliseconds(1_500)
            $0.requestsPerConnection = 6
            $0.idleTimeout = .zero
            $0.retryBudget = .init(percent: 25, minConcurrency: 0)
        }
        let thresholds = try #require(cluster.circuitBreakers.thresholds.first)
        #expect(thresholds.hasMaxConnections && thresholds.maxConnections.value == 0)
        #expect(thresholds.maxPendingRequests.value == 2)
        #expect(thresholds.maxRequests.value == 3)
        #expect(thresholds.maxRetries.value == 4)
        #expect(thresholds.retryBudget.budgetPercent.value == 25)
        #expect(thresholds.retryBudget.hasMinRetryConcurrency && thresholds.retryBudget.minRetryConcurrency.value == 0)
        #expect(cluster.connectTimeout == Seconds(seconds: 1, nanos: 500_000_000))
        let options = try options(of: cluster)
        #expect(options.commonHTTPProtocolOptions.maxRequestsPerConnection.value == 6)
        #expect(options.commonHTTPProtocolOptions.hasIdleTimeout)
        #expect(options.commonHTTPProtocolOptions.idleTimeout == Seconds(seconds: 0, nanos: 0))
        #expect(options.useDownstreamProtocolConfig.hasHTTP2ProtocolOptions)
    }

    @Test("Of outliers only the counts that were asked for put a pod out")
    func outliers() throws {
        let cluster = try cluster {
            $0.outlierDetection = .init(
                consecutive5xx: 0, consecutiveGatewayErrors: 3, interval: .seconds(1),
                baseEjectionTime: .seconds(600), maxEjectionPercent: nil)
        }
        let detection = cluster.outlierDetection
        #expect(detection.hasEnforcingConsecutive5Xx && detection.enforcingConsecutive5Xx.value == 0)
        #expect(!detection.hasConsecutive5Xx)
        #expect(detection.consecutiveGatewayFailure.value == 3)
        #expect(detection.enforcingConsecutiveGatewayFailure.value == 100)
        #expect(detection.hasEnforcingSuccessRate && detection.enforcingSuccessRate.value == 0)
        #expect(detection.hasEnforcingFailurePercentage && detection.enforcingFailurePercentage.value == 0)
        #expect(detection.baseEjectionTime.seconds == 600 && detection.maxEjectionTime.seconds == 600)
        #expect(!detection.hasMaxEjectionPercent && detection.alwaysEjectOneHost.value)
    }

    @Test("Probes go to the path, to the connection, or to the proxy with its mark")
    func probes() throws {
        func check(_ probe: UpstreamSettings.HealthCheck.Probe) throws -> Envoy_Config_Core_V3_HealthCheck {
            let cluster = try cluster {
                $0.healthCheck = .init(
                    probe: probe, port: 9, interval: .seconds(7), timeout: .seconds(2), healthyThreshold: 1,
                    unhealthyThreshold: 3)
            }
            return try #require(cluster.healthChecks.first)
        }
        let request = try check(.request(path: "/health"))
        #expect(request.httpHealthCheck.path == "/health")
        #expect(request.httpHealthCheck.host == "store.shop.svc.cluster.local")
        #expect(request.httpHealthCheck.requestHeadersToAdd.isEmpty)
        #expect(request.noTrafficInterval.seconds == 7)
        #expect(request.unhealthyThreshold.value == 3 && request.healthyThreshold.value == 1)
        let connection = try check(.connection)
        #expect(connection.healthChecker == .tcpHealthCheck(.init()))
        let proxy = try check(.proxy)
        #expect(proxy.httpHealthCheck.path == "/healthz/osm")
        #expect(proxy.httpHealthCheck.requestHeadersToAdd.map(\.header.key) == ["x-osm-envoy-healthcheck"])
        #expect(!proxy.hasNoTrafficInterval)
    }

    @Test("The hash is the route's, and a TCP proxy knows addresses only")
    func hashes() throws {
        let backends = [WeightedUpstream(upstream: UpstreamName(Fixture.storeTarget), weight: 1)]
        func policy(_ hash: RequestHash) throws -> Envoy_Config_Route_V3_RouteAction.HashPolicy {
            let route = OutboundRoute(
                servicePort: Fixture.storePort, wireProtocol: .http,
                rules: [.init(match: nil, backends: backends, hash: hash)], timeout: .seconds(3))
            let resource = try #require(route.resources(origins: []).first)
            let action = try #require(
                try resource.message(Envoy_Config_Route_V3_RouteConfiguration.self).virtualHosts.first?.routes.first
            ).route
            #expect(action.timeout.seconds == 3)
            return try #require(action.hashPolicy.first)
        }
        #expect(try policy(.header("x-user")).header.headerName == "x-user")
        let session = try policy(.cookie(name: "seat", lifetime: .zero)).cookie
        #expect(session.name == "seat" && session.hasTtl && session.ttl.seconds == 0 && session.path == "/")
        #expect(try !policy(.cookie(name: "seat", lifetime: nil)).cookie.hasTtl)
        #expect(try policy(.sourceIP).connectionProperties.sourceIp)
        let connections = OutboundRoute(
            servicePort: Fixture.storePort, wireProtocol: .tcp,
            rules: [.init(match: nil, backends: backends, hash: .sourceIP)], timeout: .seconds(9))
        let config = try #require(connections.resources(origins: []).first)
            .message(Envoy_Config_Core_V3_TypedExtensionConfig.self)
        let proxy = try Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy(
            serializedBytes: config.typedConfig.value)
        #expect(proxy.idleTimeout.seconds == 9)
        #expect(proxy.hashPolicy.count == 1)
    }

    @Test("Of a preferred zone the others come second")
    func zones() throws {
        func priorities(_ preferred: String?) throws -> [UInt32] {
            let endpoints = Endpoints(
                name: Fixture.storeTarget,
                localities: [
                    .init(zone: "east", addresses: [try Fixture.address("10.0.0.1")]),
                    .init(zone: "west", addresses: [try Fixture.address("10.0.0.2")]),
                ], preferredZone: preferred, probePort: 99)
            let resource = try #require(endpoints.resources(variant: "", origins: []).first)
            let assignment = try resource.message(Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self)
            for locality in assignment.endpoints {
                #expect(locality.lbEndpoints.allSatisfy { $0.endpoint.healthCheckConfig.portValue == 99 })
            }
            return assignment.endpoints.map(\.priority)
        }
        #expect(try priorities(nil) == [0, 0])
        #expect(try priorities("west") == [1, 0])
    }

    @Test("The filter that answers probes is one that does nothing until it is wanted")
    func answers() throws {
        func type(_ areGiven: Bool) throws -> String {
            let resource = try #require(HealthCheckAnswers(areGiven: areGiven).resources(origins: []).first)
            #expect(resource.key.name.description == "TypedExtensionConfig health-check")
            return try resource.message(Envoy_Config_Core_V3_TypedExtensionConfig.self).typedConfig.typeURL
        }
        #expect(try type(true).hasSuffix("http.health_check.v3.HealthCheck"))
        #expect(try type(false).hasSuffix("http.rbac.v3.RBAC"))
        let listener = try #require(Fixture.inbound().resources(origins: []).first)
        let manager = try #require(try Fixture.managers(of: listener).first)
        // Before authorization: a proxy that may call nothing can still be asked.
        #expect(manager.httpFilters.map(\.name).prefix(2) == ["health-check", "envoy.filters.http.rbac"])
    }
}
