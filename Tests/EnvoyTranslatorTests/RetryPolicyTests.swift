import EnvoyAPI
import EnvoyTranslator
import MeshModel
import MeshPolicy
import SwiftProtobuf
import Testing
import XDSCache

@Suite("Retries")
struct RetryPolicyTests {
    private static let own = "refused-stream,connect-failure,reset-before-request,retriable-headers"

    private func policy(_ retry: RequestRetry?) throws -> Envoy_Config_Route_V3_RetryPolicy {
        let backends = [WeightedUpstream(upstream: UpstreamName(Fixture.storeTarget), weight: 1)]
        let route = OutboundRoute(
            servicePort: Fixture.storePort, wireProtocol: .http, rules: [.init(match: nil, backends: backends)],
            retry: retry)
        let resource = try #require(route.resources(variant: "v", origins: []).first)
        #expect(resource.key.variant == "v")
        let configuration = try resource.message(Envoy_Config_Route_V3_RouteConfiguration.self)
        return try #require(configuration.virtualHosts.first).retryPolicy
    }

    private static func retry(_ conditions: [String], _ attempts: UInt32) -> RequestRetry {
        RequestRetry(conditions: conditions, statusCodes: [], attempts: attempts, perTryTimeout: nil, pause: nil)
    }

    @Test("Without a Retry only what was not delivered is tried again")
    func none() throws {
        let policy = try policy(nil)
        #expect(policy.retryOn == Self.own)
        #expect(policy.numRetries.value == 2)
        #expect(!policy.hasPerTryTimeout && !policy.hasRetryBackOff && policy.retriableStatusCodes.isEmpty)
    }

    @Test(
        "The number that is asked for holds, since Envoy has one",
        arguments: [(1, 1), (2, 2), (3, 3), (UInt32.max, UInt32.max)] as [(UInt32, UInt32)])
    func attempts(asked: UInt32, expected: UInt32) throws {
        let policy = try policy(Self.retry(["5xx", "connect-failure", "unavailable"], asked))
        #expect(policy.retryOn == Self.own + ",5xx,unavailable")
        #expect(policy.numRetries.value == expected)
        #expect(policy.retriableHeaders.map(\.name) == ["x-osm-not-delivered"])
        #expect(policy.retryHostPredicate.map(\.name) == ["envoy.retry_host_predicates.previous_hosts"])
    }

    @Test("Who asks for no retry gets none of its conditions, but the time limit of a try")
    func noAttempts() throws {
        let policy = try policy(
            RequestRetry(
                conditions: ["5xx"], statusCodes: [503], attempts: 0, perTryTimeout: .milliseconds(1_500),
                pause: .milliseconds(2)))
        #expect(policy.retryOn == Self.own)
        #expect(policy.numRetries.value == 2)
        #expect(policy.retriableStatusCodes.isEmpty)
        #expect(policy.perTryTimeout == Google_Protobuf_Duration(seconds: 1, nanos: 500_000_000))
        #expect(policy.retryBackOff.baseInterval == Google_Protobuf_Duration(seconds: 0, nanos: 2_000_000))
    }

    @Test("A pause shorter than Envoy's least is that")
    func shortPause() throws {
        let policy = try policy(
            RequestRetry(
                conditions: ["retriable-status-codes"], statusCodes: [418, 503], attempts: 3, perTryTimeout: nil,
                pause: .microseconds(10)))
        #expect(policy.retriableStatusCodes == [418, 503])
        #expect(policy.retryBackOff.baseInterval == Google_Protobuf_Duration(seconds: 0, nanos: 1_000_000))
    }
}
