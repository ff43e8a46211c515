public import MeshModel

/// What of a pod's traffic goes through its sidecar.
///
/// Without settings all TCP does. An exclusion beats an inclusion.
public struct RedirectionSettings: Hashable, Sendable {
    /// Ports of other hosts that are called directly.
    public var excludedOutboundPorts: [UInt16]
    /// Ports of the pod that are reached directly.
    public var excludedInboundPorts: [UInt16]
    /// Addresses that are called directly.
    public var excludedOutboundRanges: [IPRange]
    /// The only addresses whose connections are redirected; empty for all.
    public var includedOutboundRanges: [IPRange]
    /// Interfaces whose traffic is left alone in both directions.
    public var excludedInterfaces: [NetworkInterface]
    /// Whether Envoy reaches the application at the pod's address instead of the loopback address
    /// (MeshConfig's `localProxyMode: PodIP`).
    public var reachesApplicationAtPodIP: Bool
    /// Whether IPv6 is redirected too; without it a pod's IPv6 traffic bypasses the mesh.
    public var redirectsIPv6: Bool

    /// Settings with the given values, each list in the order in which its rules shall stand.
    public init(
        excludedOutboundPorts: [UInt16] = [], excludedInboundPorts: [UInt16] = [],
        excludedOutboundRanges: [IPRange] = [], includedOutboundRanges: [IPRange] = [],
        excludedInterfaces: [NetworkInterface] = [], reachesApplicationAtPodIP: Bool = false,
        redirectsIPv6: Bool = true
    ) {
        self.excludedOutboundPorts = excludedOutboundPorts
        self.excludedInboundPorts = excludedInboundPorts
        self.excludedOutboundRanges = excludedOutboundRanges
        self.includedOutboundRanges = includedOutboundRanges
        self.excludedInterfaces = excludedInterfaces
        self.reachesApplicationAtPodIP = reachesApplicationAtPodIP
        self.redirectsIPv6 = redirectsIPv6
    }
}
