import EnvoyAPI
import EnvoyTranslator
import Foundation
import SwiftProtobuf
import TestInstruments
import XDSCache

/// A view of a proxy as a configuration that Envoy loads whole, without a control plane.
struct StaticConfiguration {
    /// What stands in a file that Envoy starts with.
    private(set) var bootstrap = Envoy_Config_Bootstrap_V3_Bootstrap()

    /// What was fetched stands where its name stood: routes in their listeners, endpoints in their clusters, secrets
    /// beside them, so that every message is really loaded and every reference must hold.
    init(inlining view: [ResourceName: Resource]) throws {
        setRuntime()
        let workload = Resource.workloadSecret(
            certificateChainPEM: TestCertificate.certificate, privateKeyPEM: TestCertificate.privateKey, version: "1")
        for resource in (view.values + [workload]).sorted(by: { $0.key < $1.key }) {
            switch resource.key.name.type {
            case .secret: bootstrap.staticResources.secrets.append(try resource.message())
            case .cluster: bootstrap.staticResources.clusters.append(try Self.inlining(view, resource.message()))
            case .listener: bootstrap.staticResources.listeners.append(try Self.inlining(view, resource.message()))
            case .endpoints, .route, .extension: break
            default: throw UnknownResource(name: resource.key.name)
            }
        }
        try loadUnreferenced(view)
        // What is asked for on demand is asked of the control plane, fetched or not.
        if bootstrap.staticResources.listeners.contains(where: \.hasFilterChainMatcher) { try setControlPlane() }
    }

    /// The listeners and clusters as they are sent, with a control plane that is not asked.
    init(asSent view: [ResourceName: Resource]) throws {
        setRuntime()
        try setControlPlane()
        for resource in view.values.sorted(by: { $0.key < $1.key }) {
            switch resource.key.name.type {
            case .cluster: bootstrap.staticResources.clusters.append(try resource.message())
            case .listener: bootstrap.staticResources.listeners.append(try resource.message())
            default: break
            }
        }
    }

    /// A control plane that is not asked.
    private mutating func setControlPlane() throws {
        var controlPlane = Envoy_Config_Cluster_V3_Cluster()
        controlPlane.name = "control-plane"
        controlPlane.type = .static
        controlPlane.loadAssignment.clusterName = controlPlane.name
        controlPlane.typedExtensionProtocolOptions = [Self.protocolOptions: try Self.http2.envelope()]
        bootstrap.staticResources.clusters.append(controlPlane)
        var service = Envoy_Config_Core_V3_GrpcService()
        service.envoyGrpc.clusterName = controlPlane.name
        bootstrap.node.id = "test"
        bootstrap.node.cluster = "test"
        bootstrap.dynamicResources.adsConfig.apiType = .deltaGrpc
        bootstrap.dynamicResources.adsConfig.transportApiVersion = .v3
        bootstrap.dynamicResources.adsConfig.grpcServices = [service]
    }

    /// The configuration in the bytes of a `.pb` file, equal for equal configurations.
    func bytes() throws -> [UInt8] { try bootstrap.deterministicBytes() }

    /// Makes a change that Envoy must notice: the first route leads to a cluster that is not there.
    mutating func misleadFirstRoute() throws {
        for index in bootstrap.staticResources.listeners.indices {
            var changed = false
            try Self.updateManagers(of: &bootstrap.staticResources.listeners[index]) { manager in
                guard !changed, !manager.routeConfig.virtualHosts.isEmpty else { return }
                manager.routeConfig.virtualHosts[0].routes[0].route.cluster = "nowhere"
                changed = true
            }
            if changed { return }
        }
    }

    private static let protocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

    private static var http2: Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions {
        var options = Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions()
        options.explicitHTTPConfig.http2ProtocolOptions = .init()
        return options
    }

    /// As in the bootstrap of a sidecar: expressions of any size, and listeners within the process.
    private mutating func setRuntime() {
        var internalListeners = Envoy_Config_Core_V3_TypedExtensionConfig()
        internalListeners.name = "envoy.bootstrap.internal_listener"
        internalListeners.typedConfig.typeURL =
            "type.googleapis.com/\(Envoy_Extensions_Bootstrap_InternalListener_V3_InternalListener.protoMessageName)"
        bootstrap.bootstrapExtensions = [internalListeners]
        var layer = Envoy_Config_Bootstrap_V3_RuntimeLayer()
        layer.name = "static"
        layer.staticLayer.fields = [
            "re2.max_program_size.error_level": Google_Protobuf_Value(numberValue: Double(UInt32.max))
        ]
        bootstrap.layeredRuntime.layers = [layer]
    }

    /// Route configurations and endpoints that nothing in the view names are loaded all the same.
    private mutating func loadUnreferenced(_ view: [ResourceName: Resource]) throws {
        let named = Set(view.values.flatMap(\.references))
        for resource in view.values.sorted(by: { $0.key < $1.key }) where !named.contains(resource.key.name) {
            switch resource.key.name.type {
            case .endpoints:
                var cluster = Envoy_Config_Cluster_V3_Cluster()
                cluster.name = "only \(resource.key.name)"
                cluster.type = .static
                cluster.loadAssignment = try resource.message()
                bootstrap.staticResources.clusters.append(cluster)
            case .route:
                guard
                    var listener = bootstrap.staticResources.listeners.last(where: {
                        $0.bindToPort.value == false && $0.hasBindToPort
                    })
                else { continue }
                listener.name = "only \(resource.key.name)"
                listener.address.socketAddress.portValue = UInt32(1024 + bootstrap.staticResources.listeners.count)
                try Self.updateManagers(of: &listener) { $0.routeConfig = try resource.message() }
                bootstrap.staticResources.listeners.append(listener)
            default: break
            }
        }
    }

    private static func inlining(
        _ view: [ResourceName: Resource], _ cluster: Envoy_Config_Cluster_V3_Cluster
    ) throws -> Envoy_Config_Cluster_V3_Cluster {
        var cluster = cluster
        if cluster.type == .eds {
            guard let endpoints = view[ResourceName(.endpoints, cluster.name)] else {
                throw UnknownResource(name: ResourceName(.endpoints, cluster.name))
            }
            cluster.type = .static
            cluster.clearEdsClusterConfig()
            cluster.loadAssignment = try endpoints.message()
        }
        if cluster.hasTransportSocket {
            var context = try Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext(
                serializedBytes: cluster.transportSocket.typedConfig.value)
            context.commonTlsContext.useStaticSecrets()
            cluster.transportSocket.typedConfig = try context.envelope()
        }
        return cluster
    }

    private static func inlining(
        _ view: [ResourceName: Resource], _ listener: Envoy_Config_Listener_V3_Listener
    ) throws -> Envoy_Config_Listener_V3_Listener {
        var listener = listener
        for chain in listener.filterChains.indices {
            for index in listener.filterChains[chain].filters.indices {
                let filter = listener.filterChains[chain].filters[index]
                guard case .configDiscovery? = filter.configType else { continue }
                let name = ResourceName(.extension, filter.name)
                guard let settings = view[name] else { throw UnknownResource(name: name) }
                listener.filterChains[chain].filters[index].typedConfig = try settings.message(
                    Envoy_Config_Core_V3_TypedExtensionConfig.self
                ).typedConfig
            }
        }
        try updateManagers(of: &listener) { manager in
            let name = ResourceName(.route, manager.rds.routeConfigName)
            guard let route = view[name] else { throw UnknownResource(name: name) }
            manager.routeConfig = try route.message()
            for index in manager.httpFilters.indices {
                guard case .configDiscovery? = manager.httpFilters[index].configType else { continue }
                let name = ResourceName(.extension, manager.httpFilters[index].name)
                guard let settings = view[name] else { throw UnknownResource(name: name) }
                manager.httpFilters[index].typedConfig = try settings.message(
                    Envoy_Config_Core_V3_TypedExtensionConfig.self
                ).typedConfig
            }
        }
        for index in listener.filterChains.indices where listener.filterChains[index].hasTransportSocket {
            var context = try Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext(
                serializedBytes: listener.filterChains[index].transportSocket.typedConfig.value)
            context.commonTlsContext.useStaticSecrets()
            listener.filterChains[index].transportSocket.typedConfig = try context.envelope()
        }
        return listener
    }

    private typealias Manager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager

    private static func updateManagers(
        of listener: inout Envoy_Config_Listener_V3_Listener, _ update: (inout Manager) throws -> Void
    ) throws {
        for chain in listener.filterChains.indices {
            for filter in listener.filterChains[chain].filters.indices {
                let packed = listener.filterChains[chain].filters[filter].typedConfig
                guard packed.isA(Manager.self) else { continue }
                var manager = try Manager(serializedBytes: packed.value)
                try update(&manager)
                listener.filterChains[chain].filters[filter].typedConfig = try manager.envelope()
            }
        }
    }
}

extension Envoy_Extensions_TransportSockets_Tls_V3_CommonTlsContext {
    /// Secrets that nobody is asked for are those of the same name in the configuration itself.
    fileprivate mutating func useStaticSecrets() {
        for index in tlsCertificateSdsSecretConfigs.indices { tlsCertificateSdsSecretConfigs[index].clearSdsConfig() }
        switch validationContextType {
        case .validationContextSdsSecretConfig: validationContextSdsSecretConfig.clearSdsConfig()
        case .combinedValidationContext:
            combinedValidationContext.validationContextSdsSecretConfig.clearSdsConfig()
        default: break
        }
    }
}

extension Message {
    fileprivate func deterministicBytes() throws -> [UInt8] {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        return try serializedBytes(options: options)
    }

    fileprivate func envelope() throws -> Google_Protobuf_Any {
        var envelope = Google_Protobuf_Any()
        envelope.typeURL = "type.googleapis.com/\(Self.protoMessageName)"
        envelope.value = Data(try deterministicBytes())
        return envelope
    }
}
