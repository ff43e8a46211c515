import MeshModel

/// Every object of a mesh, by kind and name.
struct MeshObjects: Equatable {
    var namespaces: [ObjectName: Namespace] = [:]
    var pods: [ObjectName: Pod] = [:]
    var services: [ObjectName: Service] = [:]
    var slices: [ObjectName: EndpointSlice] = [:]
    var configs: [ObjectName: MeshConfig] = [:]
    var targets: [ObjectName: TrafficTarget] = [:]
    var groups: [ObjectName: HTTPRouteGroup] = [:]
    var tcpRoutes: [ObjectName: TCPRoute] = [:]
    var splits: [ObjectName: TrafficSplit] = [:]
}

extension MeshObjects {
    /// The objects that have no problems of their own.
    ///
    /// Namespaces stay: of theirs only an annotation can be wrong, which then counts as absent.
    var wellFormed: MeshObjects {
        func good<Object: MeshObject>(_ objects: [ObjectName: Object]) -> [ObjectName: Object] {
            objects.filter { $0.value.validate().isEmpty }
        }
        return MeshObjects(
            namespaces: namespaces, pods: good(pods), services: good(services), slices: good(slices),
            configs: good(configs), targets: good(targets), groups: good(groups), tcpRoutes: good(tcpRoutes),
            splits: good(splits))
    }
}
