package import MeshModel

/// Every object of a mesh, by kind and name.
package struct MeshObjects: Equatable {
    package var namespaces: [ObjectName: Namespace] = [:]
    package var pods: [ObjectName: Pod] = [:]
    package var services: [ObjectName: Service] = [:]
    package var slices: [ObjectName: EndpointSlice] = [:]
    package var configs: [ObjectName: MeshConfig] = [:]
    package var targets: [ObjectName: TrafficTarget] = [:]
    package var groups: [ObjectName: HTTPRouteGroup] = [:]
    package var tcpRoutes: [ObjectName: TCPRoute] = [:]
    package var splits: [ObjectName: TrafficSplit] = [:]
    package var egresses: [ObjectName: Egress] = [:]
    package var ingressBackends: [ObjectName: IngressBackend] = [:]
    package var retries: [ObjectName: Retry] = [:]

    package init(
        namespaces: [ObjectName: Namespace] = [:], pods: [ObjectName: Pod] = [:],
        services: [ObjectName: Service] = [:], slices: [ObjectName: EndpointSlice] = [:],
        configs: [ObjectName: MeshConfig] = [:], targets: [ObjectName: TrafficTarget] = [:],
        groups: [ObjectName: HTTPRouteGroup] = [:], tcpRoutes: [ObjectName: TCPRoute] = [:],
        splits: [ObjectName: TrafficSplit] = [:], ingressBackends: [ObjectName: IngressBackend] = [:],
        retries: [ObjectName: Retry] = [:], egresses: [ObjectName: Egress] = [:]
    ) {
        self.namespaces = namespaces
        self.pods = pods
        self.services = services
        self.slices = slices
        self.configs = configs
        self.targets = targets
        self.groups = groups
        self.tcpRoutes = tcpRoutes
        self.splits = splits
        self.ingressBackends = ingressBackends
        self.retries = retries
        self.egresses = egresses
    }
}

extension MeshObjects {
    /// The objects that have no problems of their own.
    ///
    /// Namespaces stay: of theirs only an annotation can be wrong, which then counts as absent.
    package var wellFormed: MeshObjects {
        func good<Object: MeshObject>(_ objects: [ObjectName: Object]) -> [ObjectName: Object] {
            objects.filter { $0.value.validate().isEmpty }
        }
        return MeshObjects(
            namespaces: namespaces, pods: good(pods), services: good(services), slices: good(slices),
            configs: configs, targets: good(targets), groups: good(groups), tcpRoutes: good(tcpRoutes),
            splits: good(splits), ingressBackends: good(ingressBackends), retries: good(retries),
            egresses: good(egresses))
    }
}
