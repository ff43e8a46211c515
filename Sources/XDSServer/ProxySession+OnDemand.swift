internal import EnvoyAPI
internal import MeshModel
internal import SwiftProtobuf
internal import Synchronization
internal import XDSCache

/// The clusters that proxies asked for, each made once: a stream looks at those of its proxy again and again, and pods of
/// one mesh call the same addresses.
enum OnDemandClusters {
    private struct Key: Hashable {
        let address: SocketAddress
        let isClaimed: Bool
        /// The version of the cluster of connections that pass through; `nil` for none, or where it does not matter.
        let passthrough: String?
    }

    /// So many are kept; then it begins anew.
    private static let most = 10_000
    private static let made = Mutex<[Key: Resource]>([:])

    /// As ``Resource/onDemandCluster(at:isClaimed:passthrough:)``.
    static func cluster(at address: SocketAddress, isClaimed: Bool, passthrough: Resource?) -> Resource? {
        let key = Key(
            address: address, isClaimed: isClaimed, passthrough: isClaimed ? nil : passthrough.map(\.version))
        if let known = made.withLock({ $0[key] }) { return known }
        let cluster = Resource.onDemandCluster(at: address, isClaimed: isClaimed, passthrough: passthrough)
        made.withLock { made in
            if made.count >= most { made = [:] }
            made[key] = cluster
        }
        return cluster
    }
}

extension Resource {
    /// The cluster that a proxy asks for when its pod first calls an address, which is all that its name says.
    ///
    /// Envoy remembers that a cluster does not exist, and lets the next connection wait for it in vain: so there always
    /// is one.
    ///
    /// - Parameters:
    ///   - isClaimed: Whether a service has the address, so that there is a listener within the proxy for it.
    ///   - passthrough: The cluster of connections that pass through; `nil` if they are refused.
    static func onDemandCluster(
        at address: SocketAddress, isClaimed: Bool, passthrough: Resource?
    ) -> Resource? {
        let name = ResourceName.onDemandCluster(at: address)
        let listener = ResourceName.onDemandListener(at: address)
        var cluster = Envoy_Config_Cluster_V3_Cluster()
        if isClaimed {
            guard let socket = internalSocket else { return nil }
            var endpoint = Envoy_Config_Endpoint_V3_LbEndpoint()
            endpoint.endpoint.address.envoyInternalAddress.serverListenerName = listener.name
            var locality = Envoy_Config_Endpoint_V3_LocalityLbEndpoints()
            locality.lbEndpoints = [endpoint]
            cluster.type = .static
            cluster.loadAssignment.endpoints = [locality]
            cluster.transportSocket = socket
            // As many as come: the clusters behind the listener have the limits.
            var thresholds = Envoy_Config_Cluster_V3_CircuitBreakers.Thresholds()
            thresholds.maxConnections = .init(UInt32.max)
            thresholds.maxPendingRequests = .init(UInt32.max)
            thresholds.maxRequests = .init(UInt32.max)
            cluster.circuitBreakers.thresholds = [thresholds]
        } else if let passthrough {
            guard let original = try? Envoy_Config_Cluster_V3_Cluster(serializedBytes: passthrough.body) else {
                return nil
            }
            cluster = original
        } else {
            // Without an endpoint: the connection is closed at once.
            cluster.type = .static
        }
        cluster.name = name.name
        if cluster.type == .static { cluster.loadAssignment.clusterName = name.name }
        guard let body: [UInt8] = try? cluster.serializedBytes() else { return nil }
        return Resource(key: ResourceKey(name), body: body, references: isClaimed ? [listener] : [])
    }

    /// Hands on to the listener within the proxy where the client wanted to go, and who it is.
    private static let internalSocket: Envoy_Config_Core_V3_TransportSocket? = {
        var plain = Envoy_Config_Core_V3_TransportSocket()
        plain.name = "envoy.transport_sockets.raw_buffer"
        var inner = Envoy_Extensions_TransportSockets_InternalUpstream_V3_InternalUpstreamTransport()
        var socket = Envoy_Config_Core_V3_TransportSocket()
        socket.name = "envoy.transport_sockets.internal_upstream"
        do {
            plain.typedConfig = try Google_Protobuf_Any(
                message: Envoy_Extensions_TransportSockets_RawBuffer_V3_RawBuffer())
            inner.transportSocket = plain
            socket.typedConfig = try Google_Protobuf_Any(message: inner)
        } catch {
            return nil
        }
        return socket
    }()
}
