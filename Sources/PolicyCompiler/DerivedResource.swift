public import MeshModel
public import MeshPolicy

/// A derived value that becomes Envoy resources.
public enum DerivedResource: Hashable, Comparable, Sendable {
    /// The certificates that every proxy trusts.
    case roots
    /// Whether proxies answer the probes of others.
    case healthCheckAnswers
    /// A virtual listener at an address.
    case listener(ListenerKey)
    /// A route configuration of a service port.
    case route(RouteKey)
    /// The cluster of a service at a port.
    case upstream(UpstreamName)
    /// The load assignment of a cluster.
    case endpoints(EndpointsQuery.Key)
    /// The inbound listener, its routes and clusters.
    case inbound(InboundKey)
    /// The outbound listener and its cluster.
    case egress(CatchAllKey)
    /// The listener of a port outside of the mesh, its routes and clusters.
    case egressPort(EgressPortKey)
    /// The cluster of a Telemetry's collector of logs.
    case logCollector(ObjectName)
    /// The cluster of the collector of spans.
    case tracing
    /// The filter that asks about inbound requests, and its cluster.
    case requestAuthorizer
    /// What tells a sidecar that the applications of its pod have ended.
    case workloadEnd
}
