public import Incremental
public import MeshModel
import MeshPolicy

/// An object at a generation.
public struct ObjectVersion: Hashable, Comparable, Sendable {
    /// The object.
    public let key: ObjectKey
    /// Its generation; 0 where unknown.
    public let generation: Int64

    /// By object, then generation.
    public static func < (left: ObjectVersion, right: ObjectVersion) -> Bool {
        (left.key, left.generation) < (right.key, right.generation)
    }
}

extension ObjectRow {
    fileprivate var version: ObjectVersion {
        ObjectVersion(key: object.key, generation: object.metadata.generation)
    }
}

/// The objects that shape a derived resource: sorted, without duplicates.
///
/// Nobody but users' objects is named.
public enum OriginsQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ resource: DerivedResource, _ mesh: MeshReader) -> [ObjectVersion] {
        var origins: Set<ObjectVersion> = []
        switch resource {
        case .roots: break
        case .listener(let address):
            if let owner = mesh(AddressClaim.self, address) { origins.formUnion(service(owner.service, mesh)) }
        case .route(let port):
            origins.formUnion(service(port.service, mesh))
            guard let split = mesh(HoldingSplit.self, port.service) else { break }
            origins.formUnion(mesh(\.splitByName, split.name).map(\.version))
            for reference in split.matches {
                let group = ObjectName(namespace: split.namespace, name: reference.name)
                origins.formUnion(mesh(\.routeGroupByName, group).map(\.version))
            }
        case .upstream(let name): origins.formUnion(service(name.target.service, mesh))
        case .endpoints(let key): origins.formUnion(service(key.upstream.service, mesh))
        case .inbound(let key):
            for target in key.targets { origins.formUnion(service(target.service, mesh)) }
            for target in mesh(\.targetsByDestination, key.identity) {
                origins.insert(target.version)
                for rule in target.object.rules {
                    let route = ObjectName(namespace: target.id.namespace, name: rule.name)
                    origins.formUnion(mesh(\.routeGroupByName, route).map(\.version))
                    origins.formUnion(mesh(\.tcpRouteByName, route).map(\.version))
                }
            }
        case .egress: origins.formUnion(mesh(\.meshConfig, .one).map(\.version))
        }
        return origins.sorted()
    }

    private static func service(_ name: ObjectName, _ mesh: MeshReader) -> [ObjectVersion] {
        mesh(\.serviceByName, name).map(\.version)
    }
}
