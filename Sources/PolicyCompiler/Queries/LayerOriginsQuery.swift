public import Incremental
public import MeshModel
import MeshPolicy

/// The objects that decide what is in a layer, beside the origins of what is in it: sorted, without duplicates.
///
/// A client that a TrafficTarget no longer names has nothing left of that object's making, yet it is the object that
/// took its routes away. What is in a layer names its Services and splits by itself.
public enum LayerOriginsQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ layer: ViewLayer.Key, _ mesh: MeshReader) -> [ObjectKey] {
        switch layer {
        case .mesh, .inbound, .egress: []
        case .permissive: mesh(\.meshConfig, .one).map(\.object.key)
        case .reach(let client): targets(of: client, mesh)
        }
    }

    /// The targets that name a client, and the routes by which they tell on which ports it may call.
    private static func targets(of client: ServiceIdentity, _ mesh: MeshReader) -> [ObjectKey] {
        var objects: Set<ObjectKey> = []
        for row in mesh(\.targetsBySource, client) {
            guard let destination = row.object.destinationIdentity,
                mesh(NamespaceMode.self, destination.namespace) == .smi
            else { continue }
            objects.insert(row.object.key)
            for rule in row.object.rules {
                let name = ObjectName(namespace: row.id.namespace, name: rule.name)
                switch rule.routeKind {
                case .httpRouteGroup: objects.insert(ObjectKey(kind: .httpRouteGroup, name: name))
                case .tcpRoute: objects.insert(ObjectKey(kind: .tcpRoute, name: name))
                case .udpRoute, nil: break
                }
            }
        }
        return objects.sorted()
    }
}
