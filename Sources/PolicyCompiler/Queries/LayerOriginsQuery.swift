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
        case .mesh, .inbound, .catchAll, .ended: []
        case .egress(let key): egresses(of: key.identity, mesh)
        case .permissive(let variant):
            (mesh.meshConfigKeys + retries(of: variant, mesh)).sorted()
        case .called(let client, let variant):
            (mesh.meshConfigKeys + targets(of: client, .permissive, mesh)
                + retries(of: variant, mesh)).sorted()
        case .reach(let client, let variant): (targets(of: client, .smi, mesh) + retries(of: variant, mesh)).sorted()
        }
    }

    /// The Retries that say which routes of a client are its own.
    private static func retries(of variant: ClientVariant, _ mesh: MeshReader) -> [ObjectKey] {
        guard let client = variant.retries else { return [] }
        let holders = Set(mesh(ClientRetries.self, client).values)
        return holders.map { ObjectKey(kind: .retry, name: $0) }
    }

    /// The targets that name a client, and the routes by which they tell on which ports it may call.
    private static func targets(
        of client: ServiceIdentity, _ mode: NamespaceMode.Mode, _ mesh: MeshReader
    ) -> [ObjectKey] {
        var objects: Set<ObjectKey> = []
        for row in mesh(\.targetsBySource, client) {
            guard let destination = row.object.destinationIdentity,
                mesh(NamespaceMode.self, destination.namespace) == mode
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

    /// The Egress policies that name an identity, and what they refer to.
    private static func egresses(of identity: ServiceIdentity, _ mesh: MeshReader) -> [ObjectKey] {
        var objects: Set<ObjectKey> = []
        for policy in mesh(EgressesInForce.self, identity) {
            objects.insert(policy.key)
            objects.formUnion(policy.routeGroups.map { ObjectKey(kind: .httpRouteGroup, name: $0) })
            if let setting = policy.trafficSetting {
                objects.insert(ObjectKey(kind: .upstreamTrafficSetting, name: setting))
            }
        }
        return objects.sorted()
    }
}
