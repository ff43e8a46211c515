import Incremental
import MeshModel
import MeshPolicy

/// The service ports of one namespace that every client may call: sorted; none unless it is in permissive mode.
enum PermissivePorts: MeshQuery {
    static func evaluate(_ namespace: String, _ mesh: MeshReader) -> [ServicePort] {
        guard mesh(NamespaceMode.self, namespace) == .permissive else { return [] }
        return mesh(\.servicesByNamespace, namespace).flatMap { row in
            mesh(CallablePorts.self, row.id)
        }.sorted()
    }
}

/// The ports by which a service of the mesh can be called: sorted.
enum CallablePorts: MeshQuery {
    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> [ServicePort] {
        mesh(MeshService.self, service)?.ports.map { ServicePort(service: service, port: $0.port) } ?? []
    }
}

/// The service ports that every client may call: sorted.
///
/// One value for the whole mesh.
enum PermissiveReach: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> [ServicePort] {
        mesh(\.meshNamespaces, .one).flatMap { mesh(PermissivePorts.self, $0.id.name) }.sorted()
    }
}

/// The service ports that TrafficTargets let an identity call: sorted, without duplicates (semantics section 3).
///
/// Ports of permissive namespaces are not among them: every client has those.
enum DeclaredReach: MeshQuery {
    static func evaluate(_ client: ServiceIdentity, _ mesh: MeshReader) -> [ServicePort] {
        ports(named: client, inNamespacesOf: .smi, mesh)
    }

    /// The service ports of namespaces in a mode that TrafficTargets let an identity call.
    static func ports(
        named client: ServiceIdentity, inNamespacesOf mode: NamespaceMode.Mode, _ mesh: MeshReader
    ) -> [ServicePort] {
        var reach: Set<ServicePort> = []
        let destinations = mesh(\.targetsBySource, client).compactMap(\.object.destinationIdentity)
        for destination in Set(destinations).sorted()
        where mesh(NamespaceMode.self, destination.namespace) == mode {
            for service in mesh(IdentityServices.self, destination) {
                reach.formUnion(callable(service, of: destination, by: client, mesh))
            }
        }
        return reach.sorted()
    }

    /// The ports of a service that a client may call in the pods of one identity, and those of the apexes above it.
    private static func callable(
        _ service: ObjectName, of destination: ServiceIdentity, by client: ServiceIdentity, _ mesh: MeshReader
    ) -> [ServicePort] {
        guard let facts = mesh(MeshService.self, service) else { return [] }
        var result: [ServicePort] = []
        for port in facts.ports {
            let isCallable = port.targetPorts.contains { targetPort in
                mesh(
                    MayCall.self,
                    MayCall.Key(
                        client: client, destination: destination, targetPort: targetPort,
                        wireProtocol: port.wireProtocol))
            }
            guard isCallable else { continue }
            result.append(ServicePort(service: service, port: port.port))
            for apex in mesh(ApexesOfBackend.self, service) {
                let apexPort = ServicePort(service: apex, port: port.port)
                if mesh(MeshServicePort.self, apexPort) != nil { result.append(apexPort) }
            }
        }
        return result
    }
}
