import EnvoyAPI
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import SwiftProtobuf
import Synchronization

@testable import XDSServer

/// A proxy on real gRPC over TLS, which behaves as Envoy does: it asks for all clusters and listeners, then by name
/// for what these name, and acknowledges everything.
final class TestProxy: Sendable {
    typealias Request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest
    typealias Response = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse

    /// What the proxy has been sent.
    struct Received: Sendable {
        /// Versions by type and name.
        var versions: [String: [String: String]] = [:]
        /// Bodies by type and name.
        var bodies: [String: [String: Data]] = [:]
        /// What it asked for by name, by type.
        var wanted: [String: Set<String>] = [:]
        /// The responses' types in order.
        var responses: [String] = []
        /// Names answered as removed, by type.
        var removed: [String: [String]] = [:]
        /// The sum of the resources' bytes.
        var bytes = 0
        /// The number of resources.
        var resources = 0
    }

    static let cluster = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
    static let endpoints = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
    static let `extension` = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"
    static let listener = "type.googleapis.com/envoy.config.listener.v3.Listener"
    static let route = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
    static let secret = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"

    private let state = Mutex(Received())
    private let requests: AsyncStream<Request>
    private let send: AsyncStream<Request>.Continuation
    private let nodeID: String
    private let follows: Bool
    /// What it refuses, by the name of the resource and its body.
    private let refused = Mutex<[String: Data]>([:])

    /// A proxy that has not connected.
    ///
    /// - Parameters:
    ///   - nodeID: What it calls itself.
    ///   - follows: Whether it asks by itself for what Envoy would ask for.
    init(nodeID: String = "test", follows: Bool = true) {
        self.nodeID = nodeID
        self.follows = follows
        (requests, send) = AsyncStream.makeStream()
    }

    /// Refuses a resource from now on, with this body only.
    func refuse(_ name: String, body: [UInt8]) { refused.withLock { $0[name] = Data(body) } }

    /// What has arrived so far.
    var received: Received { state.withLock { $0 } }

    /// Asks for names of a type; `has` are the versions that it has from before.
    func subscribe(_ type: String, _ names: [String] = [], has versions: [String: String] = [:], node: String? = nil) {
        var request = Request()
        request.node.id = node ?? nodeID
        request.typeURL = type
        request.resourceNamesSubscribe = names
        request.initialResourceVersions = versions
        send.yield(request)
    }

    /// Connects and stays until the stream ends or the task is cancelled.
    ///
    /// - Parameter earlier: What it has from an earlier stream.
    func run(port: Int, token: String?, rootsPEM: String, earlier: Received? = nil) async throws {
        let transport = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: "127.0.0.1", port: port),
            transportSecurity: .tls {
                $0.trustRoots = .certificates([.bytes(Array(rootsPEM.utf8), format: .pem)])
            },
            config: .defaults { $0.http2.authority = "osm-controller.osm-system.svc" })
        var metadata = Metadata()
        if let token { metadata.addString("Bearer \(token)", forKey: "authorization") }
        let request = StreamingClientRequest<[UInt8]>(metadata: metadata) { writer in
            for await message in self.requests { try await writer.write(message.serializedBytes()) }
        }
        if follows {
            subscribe(Self.cluster, has: earlier?.versions[Self.cluster] ?? [:])
            subscribe(Self.listener, has: earlier?.versions[Self.listener] ?? [:])
            for type in [Self.endpoints, Self.route, Self.secret, Self.extension] {
                guard let versions = earlier?.versions[type] else { continue }
                subscribe(type, versions.keys.sorted(), has: versions)
            }
            if earlier == nil { subscribe(Self.secret, ["roots", "workload"]) }
        }
        try await withGRPCClient(transport: transport) { client in
            try await client.bidirectionalStreaming(
                request: request,
                descriptor: MethodDescriptor(
                    fullyQualifiedService: "envoy.service.discovery.v3.AggregatedDiscoveryService",
                    method: "DeltaAggregatedResources"),
                serializer: RawBytes(), deserializer: RawBytes(), options: .defaults
            ) { response in
                for try await bytes in response.messages { self.take(try Response(serializedBytes: bytes)) }
            }
        }
    }

    private func take(_ response: Response) {
        let type = response.typeURL
        let bad = refused.withLock { refused in
            response.resources.first { refused[$0.name] == $0.resource.value }
        }
        if let bad {
            // As Envoy words it; what else came with it may or may not be in effect.
            var refusal = Request()
            refusal.typeURL = type
            refusal.responseNonce = response.nonce
            refusal.errorDetail.code = 13
            refusal.errorDetail.message = "Error adding/updating cluster(s) \(bad.name): doctored"
            send.yield(refusal)
            return
        }
        state.withLock { state in
            state.responses.append(type)
            state.removed[type, default: []] += response.removedResources
            for name in response.removedResources {
                state.versions[type]?[name] = nil
                state.bodies[type]?[name] = nil
            }
            for resource in response.resources {
                state.versions[type, default: [:]][resource.name] = resource.version
                state.bodies[type, default: [:]][resource.name] = resource.resource.value
                state.bytes += resource.resource.value.count
                state.resources += 1
            }
        }
        var acknowledgement = Request()
        acknowledgement.typeURL = type
        acknowledgement.responseNonce = response.nonce
        send.yield(acknowledgement)
        guard follows else { return }
        let bodies = response.resources.map(\.resource.value)
        if type == Self.cluster { follow(Self.endpoints, bodies.compactMap(Self.endpointsName)) }
        guard type == Self.listener else { return }
        follow(Self.route, bodies.flatMap(Self.routeNames))
        follow(Self.extension, bodies.flatMap(Self.extensionNames))
    }

    /// Asks for names that it has not asked for yet.
    private func follow(_ type: String, _ names: [String]) {
        let known = state.withLock { $0.versions[type] ?? [:] }
        state.withLock { $0.wanted[type, default: []].formUnion(names) }
        let new = Set(names).filter { known[$0] == nil }.sorted()
        if !new.isEmpty { subscribe(type, new) }
    }

    private static func endpointsName(_ body: Data) -> String? {
        guard let cluster = try? Envoy_Config_Cluster_V3_Cluster(serializedBytes: body), cluster.type == .eds else {
            return nil
        }
        return cluster.edsClusterConfig.serviceName.isEmpty ? cluster.name : cluster.edsClusterConfig.serviceName
    }

    private typealias Connections =
        Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager

    private static func filters(_ body: Data) -> [Envoy_Config_Listener_V3_Filter] {
        guard let listener = try? Envoy_Config_Listener_V3_Listener(serializedBytes: body) else { return [] }
        return (listener.filterChains + [listener.defaultFilterChain]).flatMap(\.filters)
    }

    private static func manager(_ filter: Envoy_Config_Listener_V3_Filter) -> Connections? {
        guard filter.typedConfig.isA(Connections.self) else { return nil }
        return try? Connections(unpackingAny: filter.typedConfig)
    }

    private static func routeNames(_ body: Data) -> [String] {
        filters(body).compactMap { manager($0)?.rds.routeConfigName }.filter { !$0.isEmpty }
    }

    /// The filters whose settings come by themselves, of connections and of requests.
    private static func extensionNames(_ body: Data) -> [String] {
        filters(body).flatMap { filter -> [String] in
            if case .configDiscovery = filter.configType { return [filter.name] }
            return (manager(filter)?.httpFilters ?? []).filter { filter in
                if case .configDiscovery = filter.configType { true } else { false }
            }.map(\.name)
        }
    }
}
