import EnvoyAPI
import Foundation
import SwiftProtobuf
import Testing

@testable import ProxyFleet

/// A simulated proxy asks and answers as Envoy does.
@Suite("A simulated Envoy")
struct EnvoyStateTests {
    private let catalogue = Catalogue()

    private func cluster(_ name: String) -> Envoy_Config_Cluster_V3_Cluster {
        var tls = Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext()
        tls.commonTlsContext.combinedValidationContext.validationContextSdsSecretConfig.name = "roots"
        var cluster = Envoy_Config_Cluster_V3_Cluster()
        cluster.name = name
        cluster.type = .eds
        if let any = try? Google_Protobuf_Any(message: tls) { cluster.transportSocket.typedConfig = any }
        return cluster
    }

    private func listener(_ name: String, route: String) -> Envoy_Config_Listener_V3_Listener {
        var connections = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager()
        connections.rds.routeConfigName = route
        var filter = Envoy_Config_Listener_V3_Filter()
        if let any = try? Google_Protobuf_Any(message: connections) { filter.typedConfig = any }
        var discovered = Envoy_Config_Listener_V3_Filter()
        discovered.name = "authz"
        discovered.configDiscovery.typeUrls = ["any"]
        var listener = Envoy_Config_Listener_V3_Listener()
        listener.name = name
        listener.defaultFilterChain.filters = [discovered, filter]
        return listener
    }

    private func named(_ name: String) -> Envoy_Config_Endpoint_V3_ClusterLoadAssignment {
        var endpoints = Envoy_Config_Endpoint_V3_ClusterLoadAssignment()
        endpoints.clusterName = name
        return endpoints
    }

    /// A response as it comes over the wire; names of resources are those of the bodies.
    private func response(
        _ kind: ResourceKind, _ nonce: String, _ bodies: [(String, any Message)], version: String = "1",
        removed: [String] = [], _ variant: Variant = .delta
    ) throws -> Response {
        func any(_ body: any Message) throws -> Google_Protobuf_Any {
            var any = Google_Protobuf_Any()
            any.typeURL = kind.url
            any.value = try body.serializedBytes()
            return any
        }
        let bytes: [UInt8]
        switch variant {
        case .delta:
            var message = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse()
            (message.typeURL, message.nonce, message.removedResources) = (kind.url, nonce, removed)
            message.resources = try bodies.map { name, body in
                var entry = Envoy_Service_Discovery_V3_Resource()
                (entry.name, entry.version, entry.resource) = (name, version, try any(body))
                return entry
            }
            bytes = try message.serializedBytes()
        case .stateOfTheWorld:
            var message = Envoy_Service_Discovery_V3_DiscoveryResponse()
            (message.typeURL, message.nonce, message.versionInfo) = (kind.url, nonce, version)
            message.resources = try bodies.map { try any($0.1) }
            bytes = try message.serializedBytes()
        }
        return try bytes.withUnsafeBytes { try Response($0, variant, catalogue) }
    }

    /// A request in words: its type, `+` and `-` names, the nonce that it answers.
    private func words(_ requests: [Request]) -> [String] {
        requests.map { request in
            let names =
                request.subscribe.map { "+\(catalogue.text($0))" }.sorted()
                + request.unsubscribe.map { "-\(catalogue.text($0))" }.sorted()
            let versions = request.versions.map { "\(catalogue.text($0))=\(catalogue.text($1))" }.sorted()
            return (["\(request.kind)"] + names + versions + (request.nonce.isEmpty ? [] : ["ack \(request.nonce)"]))
                .joined(separator: " ")
        }
    }

    /// A proxy that has one cluster and one listener, and all that they name.
    private func whole(_ variant: Variant = .delta) throws -> EnvoyState {
        var state = EnvoyState(variant)
        _ = state.begin()
        for response in [
            try response(.cluster, "1", [("a", cluster("a"))], variant),
            try response(.endpoints, "2", [("a", named("a"))], variant),
            try response(.secret, "3", [("roots", named("roots"))], variant),
            try response(.listener, "4", [("in", listener("in", route: "r"))], variant),
            try response(.route, "5", [("r", named("r"))], variant),
        ] {
            #expect(!state.isSettled)
            _ = state.receive(response, catalogue)
        }
        #expect(!state.isSettled)
        _ = state.receive(try response(.extension, "6", [("authz", named("authz"))], variant), catalogue)
        return state
    }

    @Test("asks for clusters, for what they name, and for listeners when the clusters have it")
    func beginning() throws {
        var state = EnvoyState(.delta)
        #expect(words(state.begin()) == ["cluster"])
        var sent = state.receive(
            try response(.cluster, "1", [("a", cluster("a")), ("b", cluster("b"))]), catalogue)
        #expect(words(sent) == ["cluster ack 1", "endpoints +a +b", "secret +roots"])
        sent = state.receive(try response(.endpoints, "2", [("a", named("a")), ("b", named("b"))]), catalogue)
        #expect(words(sent) == ["endpoints ack 2"])
        sent = state.receive(try response(.secret, "3", [("roots", named("roots"))]), catalogue)
        #expect(words(sent) == ["secret ack 3", "listener"])
        sent = state.receive(try response(.listener, "4", [("in", listener("in", route: "r"))]), catalogue)
        #expect(words(sent) == ["listener ack 4", "route +r", "extension +authz"])
    }

    @Test("has everything when everything that it asked for is there", arguments: Variant.allCases)
    func settled(variant: Variant) throws {
        #expect(try whole(variant).isSettled)
    }

    @Test("withholds the acknowledgement of later clusters until their endpoints came after them")
    func warming() throws {
        var state = try whole()
        var sent = state.receive(
            try response(.cluster, "7", [("a", cluster("a")), ("b", cluster("b"))], version: "2"), catalogue)
        #expect(words(sent) == ["endpoints +b"])
        sent = state.receive(try response(.endpoints, "8", [("b", named("b"))]), catalogue)
        #expect(words(sent) == ["endpoints ack 8"])
        sent = state.receive(try response(.endpoints, "9", [("a", named("a"))]), catalogue)
        #expect(words(sent) == ["cluster ack 7", "endpoints ack 9"])
        #expect(state.isSettled)
    }

    @Test("asks no more for what nothing names any more")
    func removal() throws {
        var state = try whole()
        let sent = state.receive(try response(.cluster, "7", [], removed: ["a"]), catalogue)
        #expect(words(sent) == ["cluster ack 7", "endpoints -a", "secret -roots"])
        #expect(state.isSettled)
    }

    @Test("comes back with the versions of all that it has")
    func returning() throws {
        var state = try whole()
        let sent = state.begin()
        #expect(
            words(sent) == [
                "cluster a=1", "endpoints +a a=1", "secret +roots roots=1", "listener in=1", "route +r r=1",
                "extension +authz authz=1",
            ])
        #expect(!state.isSettled)
        for (number, kind) in ResourceKind.allCases.enumerated() {
            #expect(!state.isSettled)
            let sent = state.receive(try response(kind, "\(number)", []), catalogue)
            #expect(words(sent) == ["\(kind) ack \(number)"])
        }
        #expect(state.isSettled)
    }

    @Test("takes nothing up of what it refuses")
    func refusal() throws {
        var state = try whole()
        let bad = try response(.cluster, "7", [("b", cluster("b"))])
        let request = state.refuse(bad, naming: "b")
        #expect(request.nonce == "7")
        #expect(request.refusal?.contains("b") == true)
        #expect(state[.cluster].held.count == 1)
        #expect(state.isSettled)
    }

    @Test("of whole sets lets go of what is not in one, and names all that it asks for each time")
    func wholeSets() throws {
        var state = try whole(.stateOfTheWorld)
        let sent = state.receive(
            try response(
                .listener, "7", [("out", listener("out", route: "other"))], version: "2", .stateOfTheWorld),
            catalogue)
        #expect(words(sent) == ["listener ack 7", "route +other ack 5"])
        #expect(state[.listener].held.keys.map(catalogue.text) == ["out"])
        #expect(!state.isSettled)
    }
}
