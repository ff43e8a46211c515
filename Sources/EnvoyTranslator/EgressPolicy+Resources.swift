internal import EnvoyAPI
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension EgressPolicy {
    /// The listener for redirected outbound connections, and the cluster to which it sends those that match no
    /// listener of the mesh.
    ///
    /// - Parameter origins: The objects that shaped the policy.
    public func resources(origins: Set<Origin>) -> [Resource] {
        let variant = key.description
        var proxy = Envoy.TcpProxy(statPrefix: destination.name)
        proxy.cluster = destination.name
        proxy.accessLog = [isPassthrough ? Self.passedThrough : Self.refused]
        var chain = Envoy.FilterChain()
        chain.filters = [proxy.filter]
        var listener = Envoy.Listener()
        listener.name = ResourceName.outboundListener.name
        listener.setCatchAllAddress(port: CatchAllPort.outbound, families: key.families)
        // Hands a connection to the listener at its original destination, if there is one.
        listener.useOriginalDst = .init(true)
        listener.trafficDirection = .outbound
        listener.defaultFilterChain = chain
        listener.askForServices(in: demandRanges)
        return [
            Resource(
                .outboundListener, variant: variant, message: listener, references: [destination], origins: origins),
            Resource(destination, variant: variant, message: cluster, origins: origins),
        ]
    }

    private static let passedThrough = Envoy.AccessLog.connections(
        "passed through: no address of a service of the mesh that this workload may call")
    private static let refused = Envoy.AccessLog.connections(
        "refused: no address of a service of the mesh that this workload may call, and egress is off")

    private var destination: ResourceName { isPassthrough ? .passthrough : .refused }

    private var cluster: Envoy.Cluster {
        if isPassthrough {
            var cluster = Envoy.Cluster(destination, type: .originalDst)
            cluster.lbPolicy = .clusterProvided
            cluster.liftLimits()
            return cluster
        }
        // A cluster without endpoints: the proxy closes the connection at once and logs where it wanted to go. A
        // listener without a chain would do the same, but Envoy takes none.
        return .empty(destination)
    }
}
