internal import EnvoyAPI
public import MeshPolicy
public import XDSCache

extension WorkloadEnd {
    /// The cluster, which has no endpoint.
    public var resources: [Resource] {
        let name = ResourceName(.cluster, Self.name)
        var cluster = Envoy.Cluster()
        cluster.name = name.name
        cluster.type = .static
        return [Resource(name, message: cluster, origins: [])]
    }
}
