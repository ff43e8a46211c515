internal import EnvoyAPI
internal import MeshModel
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension OutboundListener {
    /// The virtual listener at the address: it gets redirected connections from `outbound-listener`.
    ///
    /// None for TCP yet: that follows with extension discovery. Until then such an address is left to the catch-all.
    ///
    /// - Parameter origins: The objects that shaped the listener.
    public func resources(origins: Set<Origin>) -> [Resource] {
        guard wireProtocol == .http else { return [] }
        let listenerName = ResourceName.listener(at: address)
        let route = ResourceName.route(to: servicePort)
        var manager = Envoy.HttpConnectionManager(statPrefix: "outbound", route: route)
        manager.accessLog = [.outboundRequests]
        manager.setFilters([])
        var chain = Envoy.FilterChain()
        chain.filters = [manager.filter]
        var listener = Envoy.Listener()
        listener.name = listenerName.name
        listener.address = .init(address.ip.description, address.port)
        listener.bindToPort = .init(false)
        listener.trafficDirection = .outbound
        listener.filterChains = [chain]
        return [Resource(listenerName, message: listener, references: [route], origins: origins)]
    }
}
