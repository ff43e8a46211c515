internal import EnvoyAPI
internal import MeshModel
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension OutboundListener {
    /// The virtual listener at the address: it gets redirected connections from `outbound-listener`.
    ///
    /// For proxies with lazy views also the same within the proxy, for the connection that came before it.
    ///
    /// It never says where connections go: the route configuration does, or for TCP the extension of the same name, so
    /// that no edit of a route touches a listener.
    ///
    /// - Parameters:
    ///   - variant: Which of the listeners at the address it is; empty for that of most clients.
    ///   - origins: The objects that shaped the listener.
    public func resources(variant: String = "", origins: Set<Origin>) -> [Resource] {
        let listenerName = ResourceName.listener(at: address)
        let route: ResourceName
        var chain = Envoy.FilterChain()
        switch wireProtocol {
        case .http:
            route = .route(to: servicePort)
            var manager = Envoy.HttpConnectionManager(statPrefix: "outbound", route: route)
            manager.observe(observation, .outbound)
            if observation.countsRequests {
                manager.accessLog.append(.statistics(of: servicePort.service.namespace, isPod: pod != nil))
            }
            manager.setFilters([])
            chain.filters = [manager.filter]
        case .tcp:
            route = .connections(to: servicePort)
            chain.filters = [.discovered(route, Envoy.TcpProxy.self)]
        }
        let references: Set<ResourceName> = wireProtocol == .http ? observation.references.union([route]) : [route]
        var listener = Envoy.Listener()
        listener.name = listenerName.name
        listener.address = .init(address.ip.description, address.port)
        listener.bindToPort = .init(false)
        listener.trafficDirection = .outbound
        listener.filterChains = [chain]
        if let pod, wireProtocol == .http { listener.metadata = pod.metadata }
        let resource = Resource(
            listenerName, variant: variant, message: listener, references: references, origins: origins)
        guard isOnDemand else { return [resource] }
        let innerName = ResourceName.onDemandListener(at: address)
        var inner = listener
        inner.name = innerName.name
        inner.clearAddress()
        inner.clearBindToPort()
        inner.internalListener = .init()
        // Where the client wanted to go, and who it is, as the outer connection noted it.
        inner.listenerFilters = [.init("envoy.filters.listener.original_dst", Envoy.OriginalDst().packed())]
        return [
            resource,
            Resource(innerName, variant: variant, message: inner, references: references, origins: origins),
        ]
    }
}
