internal import KubernetesClient
internal import MeshModel
internal import PolicyAnalysis
internal import PolicyCompiler

/// Reads the objects of a mesh from a cluster.
enum LiveMesh {
    /// Every object of the kinds that the mesh reads; kinds that the cluster does not know have none.
    static func contents(of cluster: ClusterConnection) async throws -> MeshContents {
        var changes: [TableChange] = []
        changes += try await read(Namespace.self, cluster)
        changes += try await read(Pod.self, cluster)
        changes += try await read(Service.self, cluster)
        changes += try await read(ServiceAccount.self, cluster)
        changes += try await read(EndpointSlice.self, cluster)
        changes += try await read(MeshConfig.self, cluster)
        changes += try await read(TrafficTarget.self, cluster)
        changes += try await read(HTTPRouteGroup.self, cluster)
        changes += try await read(TCPRoute.self, cluster)
        changes += try await read(TrafficSplit.self, cluster)
        changes += try await read(Egress.self, cluster)
        changes += try await read(IngressBackend.self, cluster)
        changes += try await read(Retry.self, cluster)
        changes += try await read(UpstreamTrafficSetting.self, cluster)
        changes += try await read(Telemetry.self, cluster)
        changes += try await read(ExtensionService.self, cluster)
        return MeshContents(changes)
    }

    private static func read<Object: TableObject>(
        _ type: Object.Type, _ cluster: ClusterConnection
    ) async throws -> [TableChange] {
        guard let version = try await cluster.client.servedVersion(of: Object.kind) else {
            cluster.console.debug("the cluster knows no \(Object.kind.rawValue)")
            return []
        }
        let objects = try await cluster.client.list(
            APIResource(Object.kind, version: version), as: ListedObject<Object>.self)
        cluster.console.debug("\(objects.count) objects of the kind \(Object.kind.rawValue)")
        return objects.map { Object.change(for: $0.change) }
    }
}

/// An object of a list, or what of it can be read: one that is malformed does not spoil the list.
private struct ListedObject<Object: MeshObject>: Decodable {
    private enum Key: String, CodingKey { case metadata }

    let change: ObjectChange<Object>

    init(from decoder: any Decoder) throws {
        do {
            change = .set(try Object(from: decoder))
        } catch {
            let fields = try decoder.container(keyedBy: Key.self)
            let metadata = try fields.decode(ObjectMetadata.self, forKey: .metadata)
            change = .unreadable(metadata, Problem(path: "", message: "cannot be read: \(error)"))
        }
    }
}
