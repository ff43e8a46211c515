internal import EnvoyAPI
internal import MeshModel
internal import SwiftProtobuf
internal import XDSCache

extension Envoy.TcpProxy {
    /// What all TCP proxies have in common.
    ///
    /// - Parameter statPrefix: One for all listeners of a direction: each unique one costs memory in the proxy.
    init(statPrefix: String) {
        self.init()
        self.statPrefix = statPrefix
        // No time limit that nobody set: Envoy's is an hour.
        idleTimeout = .never
    }

    /// Lets the handshake decide before the application is dialled: Envoy would dial it at once.
    mutating func connectAfterHandshake() {
        upstreamConnectMode = .onDownstreamTlsHandshake
        // Required with it: nothing is read from the client before.
        maxEarlyDataBytes = .init(0)
    }

    /// The network filter that it is.
    var filter: Envoy.Filter { .init("envoy.filters.network.tcp_proxy", packed()) }
}

extension Envoy.Filter {
    /// A filter whose settings come as a resource of their own, so that an edit of them touches no listener.
    ///
    /// The listener is not used before they have come.
    static func discovered(_ name: ResourceName, _ settings: any Message.Type...) -> Envoy.Filter {
        var filter = Envoy.Filter()
        filter.name = name.name
        filter.configDiscovery = .init(settings)
        return filter
    }
}

extension Envoy.HttpFilter {
    /// A filter whose settings come as a resource of their own, so that an edit of them touches no listener.
    ///
    /// The listener is not used before they have come.
    static func discovered(_ name: ResourceName, _ settings: any Message.Type...) -> Envoy.HttpFilter {
        var filter = Envoy.HttpFilter()
        filter.name = name.name
        filter.configDiscovery = .init(settings)
        return filter
    }
}

extension Envoy.ExtensionConfigSource {
    /// The stream, for settings that are one of some messages.
    fileprivate init(_ settings: [any Message.Type]) {
        self.init()
        configSource = .stream
        typeUrls = settings.map { "type.googleapis.com/" + $0.protoMessageName }
    }
}

extension Envoy.TypedExtensionConfig {
    /// The settings of a filter under the name by which its listener asks for them.
    init(_ name: ResourceName, _ settings: some Message) {
        self.init()
        self.name = name.name
        typedConfig = settings.packed()
    }
}

extension Envoy.Cluster {
    /// A cluster without endpoints: connections to it are closed at once, and logged.
    static func empty(_ name: ResourceName) -> Envoy.Cluster {
        var cluster = Envoy.Cluster(name, type: .static)
        cluster.loadAssignment.clusterName = name.name
        return cluster
    }
}
