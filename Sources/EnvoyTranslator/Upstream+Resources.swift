internal import EnvoyAPI
internal import MeshModel
public import MeshPolicy
public import XDSCache

extension Upstream {
    /// The cluster of the service at the port.
    ///
    /// - Parameter origins: The objects that shaped the upstream.
    public func resources(origins: Set<Origin>) -> [Resource] {
        let clusterName = ResourceName.cluster(of: name)
        var references: Set<ResourceName> = [.roots, .workload]
        var cluster: Envoy.Cluster
        switch name.choice {
        case .balanced:
            cluster = Envoy.Cluster(clusterName, type: .eds)
            // Without a service name Envoy asks by the cluster's name.
            cluster.edsClusterConfig.edsConfig = .stream
            cluster.choosePods(by: settings, serverName: serverName)
            references.insert(.endpoints(of: name.target))
        case .direct:
            // The pod that the client called. Others that come and go are nothing to it.
            cluster = Envoy.Cluster(clusterName, type: .originalDst)
            cluster.lbPolicy = .clusterProvided
        }
        cluster.carryRequests(settings)
        if let limit = settings.connectTimeout { cluster.connectTimeout = .init(limit) }
        cluster.transportSocket = .client(of: self)
        return [Resource(clusterName, message: cluster, references: references, origins: origins)]
    }
}

extension Endpoints {
    /// The load assignment of the cluster.
    ///
    /// All zones have one priority and no weights, so every endpoint gets its share whatever its zone; unless there is a
    /// preferred one: then the others have the second priority, and get what that cannot take.
    ///
    /// - Parameters:
    ///   - variant: Which of the cluster's load assignments it is; empty for that of all endpoints.
    ///   - origins: The objects that shaped the endpoints.
    public func resources(variant: String, origins: Set<Origin>) -> [Resource] {
        let assignmentName = ResourceName.endpoints(of: name)
        var assignment = Envoy.ClusterLoadAssignment()
        assignment.clusterName = assignmentName.name
        assignment.endpoints = localities.map { locality in
            var endpoints = Envoy.LocalityLbEndpoints()
            if !locality.zone.isEmpty { endpoints.locality.zone = locality.zone }
            endpoints.lbEndpoints = locality.addresses.map { address in
                var endpoint = Envoy.LbEndpoint()
                endpoint.endpoint.address = .init(address.ip.description, address.port)
                if let pod = pods[address] { endpoint.metadata = pod.metadata }
                if let probePort { endpoint.endpoint.healthCheckConfig.portValue = UInt32(probePort) }
                return endpoint
            }
            endpoints.priority = preferredZone == nil || preferredZone == locality.zone ? 0 : 1
            return endpoints
        }
        return [Resource(assignmentName, variant: variant, message: assignment, origins: origins)]
    }
}
