internal import EnvoyAPI
internal import SwiftProtobuf

/// What Envoy asks for by name when it is sent a cluster or a listener.
enum NamesInBodies {
    typealias Name = (kind: ResourceKind, name: String)
    private typealias Connections =
        Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
    private typealias Client = Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext
    private typealias Server = Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext

    /// The endpoints of a cluster, and the secrets of its connections.
    static func cluster(_ body: UnsafeRawBufferPointer) -> [Name] {
        guard let cluster = try? Envoy_Config_Cluster_V3_Cluster(serializedBytes: Array(body)) else { return [] }
        var names = secrets(cluster.transportSocket)
        if cluster.type == .eds {
            let service = cluster.edsClusterConfig.serviceName
            names.append((.endpoints, service.isEmpty ? cluster.name : service))
        }
        return names
    }

    /// The routes and filters of a listener, and the secrets of its connections.
    static func listener(_ body: UnsafeRawBufferPointer) -> [Name] {
        guard let listener = try? Envoy_Config_Listener_V3_Listener(serializedBytes: Array(body)) else { return [] }
        let chains = listener.filterChains + [listener.defaultFilterChain]
        return chains.flatMap { chain in
            secrets(chain.transportSocket) + chain.filters.flatMap(filter)
        }
    }

    private static func filter(_ filter: Envoy_Config_Listener_V3_Filter) -> [Name] {
        if case .configDiscovery = filter.configType { return [(.extension, filter.name)] }
        guard filter.typedConfig.isA(Connections.self),
            let connections = try? Connections(unpackingAny: filter.typedConfig)
        else { return [] }
        let route = connections.rds.routeConfigName
        let filters = connections.httpFilters.compactMap { filter -> Name? in
            if case .configDiscovery = filter.configType { (.extension, filter.name) } else { nil }
        }
        return filters + (route.isEmpty ? [] : [(.route, route)])
    }

    private static func secrets(_ socket: Envoy_Config_Core_V3_TransportSocket) -> [Name] {
        let common: Envoy_Extensions_TransportSockets_Tls_V3_CommonTlsContext
        if let client = try? Client(unpackingAny: socket.typedConfig) {
            common = client.commonTlsContext
        } else if let server = try? Server(unpackingAny: socket.typedConfig) {
            common = server.commonTlsContext
        } else {
            return []
        }
        let names =
            common.tlsCertificateSdsSecretConfigs.map(\.name) + [
                common.validationContextSdsSecretConfig.name,
                common.combinedValidationContext.validationContextSdsSecretConfig.name,
            ]
        return names.filter { !$0.isEmpty }.map { (.secret, $0) }
    }
}
