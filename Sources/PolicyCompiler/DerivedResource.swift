public import MeshModel
public import MeshPolicy

/// A derived value that becomes Envoy resources.
public enum DerivedResource: Hashable, Comparable, Sendable {
    /// The certificates that every proxy trusts.
    case roots
    /// The virtual listener at an address.
    case listener(SocketAddress)
    /// The route configuration of a service port.
    case route(ServicePort)
    /// The cluster of a service at a port.
    case upstream(UpstreamName)
    /// The load assignment of a cluster.
    case endpoints(EndpointsQuery.Key)
    /// The inbound listener, its routes and clusters.
    case inbound(InboundKey)
    /// The outbound listener and its clusters.
    case egress(EgressKey)
}
