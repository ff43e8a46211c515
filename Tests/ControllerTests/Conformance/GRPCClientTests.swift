import EnvoyAPI
import Foundation
import MeshModel
import SwiftProtobuf
import Synchronization
import TestInstruments
import Testing
import XDSCache

/// gRPC's own xDS client, as a second client that shares nothing with Envoy, against the same port.
///
/// What it reaches and what it lacks is in Protocol.md of the documentation.
@Suite("gRPC's xDS client")
struct GRPCClientTests {
    private static let listener = "outbound/10.78.0.1:80"

    @Test(
        "proves who it is by its pod's token, is sent the listener that it names, and finds that it is none for clients"
    )
    func assembled() async throws {
        try await RunningController.with(WatchedMesh.files) { running in
            let token = try await running.token(of: WatchedMesh.pod)
            try await GRPCClientProgram.with(rootsPEM: running.rootsPEM, token: token) { client in
                let outcome = try await client.call("10.78.0.1:80", template: "outbound/%s", port: running.port)
                #expect(
                    running.log.lines("proxy connected").map { $0.metadata["proxy"] } == ["shop/\(WatchedMesh.pod)"])
                #expect(running.log.lines("stream refused").isEmpty)
                #expect(outcome.code == "UNAVAILABLE")
                #expect(outcome.details?.contains("LDS resource \(Self.listener): not an API listener") == true)
                // Nothing was wrong with what it was sent, as a listener.
                #expect(running.log.lines("update refused").isEmpty)
                print("figure: gRPC's client on the assembled controller: \(outcome.details ?? "")")
            }
            // A stranger's token is refused here as anywhere.
            try await GRPCClientProgram.with(rootsPEM: running.rootsPEM, token: Self.foreignToken) { client in
                let outcome = try await client.call("10.78.0.1:80", template: "outbound/%s", port: running.port)
                #expect(outcome.code == "UNAVAILABLE")
                #expect(running.log.lines("proxy connected").count == 1)
                #expect(!running.log.lines("stream refused").isEmpty)
            }
        }
    }

    @Test(
        "calls a server outside of the mesh, once it is sent a listener, routes and clusters of its kind"
    )
    func shapes() async throws {
        try await BareServer.with { bare in
            try await GRPCClientProgram.with(rootsPEM: bare.rootsPEM, token: Self.foreignToken) { client in
                // Whoever names a pod is believed: here the pod is called as the token.
                let pod = Self.foreignToken
                let outcome = try await client.call("10.78.0.1:80", template: "outbound/%s", port: bare.port) { port in
                    bare.show(try Self.resources(port), pod: pod)
                }
                #expect(outcome.reply == "said by /test.Echo/Say", "\(outcome.details ?? "")")
                #expect(bare.log.lines("update refused").isEmpty)
                // It has acknowledged all that it was sent.
                try await bare.until { _ in
                    let types = bare.log.lines("update acknowledged").compactMap { $0.metadata["type"] }
                    return Set(types) == ["Listener", "RouteConfiguration", "Cluster", "ClusterLoadAssignment"]
                }
            }
        }
    }

    @Test("with a listener of its kind added takes the product's routes, and refuses its clusters for their TLS")
    func productShapes() async throws {
        let view = Mutex<[Resource]>([])
        try await RunningController.with(WatchedMesh.files) { running in
            view.withLock { $0 = running.cache.view(of: running.proxy(WatchedMesh.pod)) ?? [] }
        }
        let resources = view.withLock(\.self).filter { $0.key.name != ResourceName(.listener, Self.listener) }
        #expect(resources.contains { $0.key.name == ResourceName(.route, WatchedMesh.split) })
        try await BareServer.with { bare in
            try await GRPCClientProgram.with(rootsPEM: bare.rootsPEM, token: Self.foreignToken) { client in
                let outcome = try await client.call("10.78.0.1:80", template: "outbound/%s", port: bare.port) { _ in
                    let kept = resources.filter { $0.key.name.type != .secret }
                    bare.show(
                        kept + [try Self.listener(route: WatchedMesh.split)], pod: Self.foreignToken)
                }
                let refused = bare.log.lines("update refused")
                let taken = bare.log.lines("update acknowledged").compactMap { $0.metadata["type"] }
                #expect(Set(taken) == ["Listener", "RouteConfiguration"])
                #expect(!refused.isEmpty && refused.allSatisfy { $0.metadata["type"] == "Cluster" })
                #expect(outcome.code == "UNAVAILABLE")
                #expect(
                    outcome.details?.contains("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext") == true)
                print("figure: gRPC's client with a listener of its kind added: \(outcome.details ?? "")")
            }
        }
    }

    /// A token as gRPC wants it, with an end, that nobody has signed.
    private static let foreignToken: String = {
        let parts = [#"{"alg":"none"}"#, #"{"exp":4000000000}"#, "signature"]
        return parts.map { part in
            Data(part.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
        }.joined(separator: ".")
    }()

    /// What gRPC's client needs to reach a port of this host: the smallest of each kind.
    private static func resources(_ port: UInt32) throws -> [Resource] {
        var ads = Envoy_Config_Core_V3_ConfigSource()
        ads.ads = Envoy_Config_Core_V3_AggregatedConfigSource()
        var route = Envoy_Config_Route_V3_RouteConfiguration()
        route.name = "route"
        route.virtualHosts = [
            .with { host in
                (host.name, host.domains) = ("all", ["*"])
                host.routes = [
                    .with {
                        $0.match.prefix = ""
                        $0.route.cluster = "cluster"
                    }
                ]
            }
        ]
        var cluster = Envoy_Config_Cluster_V3_Cluster()
        (cluster.name, cluster.type) = ("cluster", .eds)
        (cluster.edsClusterConfig.edsConfig, cluster.edsClusterConfig.serviceName) = (ads, "endpoints")
        var endpoints = Envoy_Config_Endpoint_V3_ClusterLoadAssignment()
        endpoints.clusterName = "endpoints"
        endpoints.endpoints = [
            .with { locality in
                locality.locality.region = "here"
                locality.loadBalancingWeight = .with { $0.value = 1 }
                locality.lbEndpoints = [
                    .with {
                        $0.endpoint.address.socketAddress.address = "127.0.0.1"
                        $0.endpoint.address.socketAddress.portValue = port
                    }
                ]
            }
        ]
        return [
            try resource(.cluster, "cluster", cluster.serializedBytes()),
            try resource(.endpoints, "endpoints", endpoints.serializedBytes()),
            try resource(.route, "route", route.serializedBytes()), try listener(route: "route"),
        ]
    }

    private static func resource(_ type: ResourceType, _ name: String, _ body: [UInt8]) -> Resource {
        Resource(key: ResourceKey(ResourceName(type, name)), body: body)
    }

    /// A listener for clients: its field `api_listener`, number 19, is not in the product's API.
    private static func listener(route: String) throws -> Resource {
        typealias Connections = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
        var connections = Connections()
        connections.rds.configSource.ads = Envoy_Config_Core_V3_AggregatedConfigSource()
        connections.rds.routeConfigName = route
        connections.httpFilters = [
            try .with {
                $0.name = "router"
                $0.typedConfig = try Google_Protobuf_Any(message: Envoy_Extensions_Filters_Http_Router_V3_Router())
            }
        ]
        let any: [UInt8] = try Google_Protobuf_Any(message: connections).serializedBytes()
        let field = [0x0a] + BareServer.varint(any.count) + any
        let name: [UInt8] = try Envoy_Config_Listener_V3_Listener.with { $0.name = listener }.serializedBytes()
        return resource(.listener, listener, name + [0x9a, 0x01] + BareServer.varint(field.count) + field)
    }
}
