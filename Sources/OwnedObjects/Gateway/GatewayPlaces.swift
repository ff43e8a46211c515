internal import KubernetesClient
internal import MeshModel
internal import Synchronization

/// Where the controller has put certificates of gateways, for the leader who comes later: one that is not asked for any more
/// must be found to be deleted, and listing Secrets would show the keys of all.
///
/// It stands in an annotation of the Secret with the state of the mesh's roots.
final class GatewayPlaces: Sendable {
    private static let annotation = "openservicemesh.io/gateway-secrets"

    private struct Object: Codable {
        struct Metadata: Codable {
            var annotations: [String: String]?
            var resourceVersion: String?
        }
        var metadata: Metadata
    }

    let client: KubernetesClient
    /// The Secret with the state.
    private let object: ObjectName
    /// What was read; `nil` before that.
    private let known = Mutex<Set<ObjectName>?>(nil)

    init(client: KubernetesClient, namespace: String) {
        self.client = client
        object = ObjectName(namespace: namespace, name: TrustStateStore.name)
    }

    /// All that are known.
    func load() async throws -> Set<ObjectName> {
        if let known = known.withLock({ $0 }) { return known }
        let places = try await read()?.places ?? []
        known.withLock { $0 = places }
        return places
    }

    /// Reads anew the next time: another replica leads.
    func reset() { known.withLock { $0 = nil } }

    /// Adds one.
    func remember(_ secret: ObjectName) async throws {
        if known.withLock({ $0?.contains(secret) ?? false }) { return }
        try await change { $0.insert(secret).inserted }
    }

    /// Removes one.
    func forget(_ secret: ObjectName) async throws { try await change { $0.remove(secret) != nil } }

    private func read() async throws -> (places: Set<ObjectName>, version: String?)? {
        guard let stored = try await client.get(.secret, object, as: Object.self) else { return nil }
        let text = stored.metadata.annotations?[Self.annotation] ?? ""
        let names = text.split(separator: ",").compactMap { name -> ObjectName? in
            let parts = name.split(separator: "/")
            return parts.count == 2 ? ObjectName(namespace: String(parts[0]), name: String(parts[1])) : nil
        }
        return (Set(names), stored.metadata.resourceVersion)
    }

    private func change(_ body: (inout Set<ObjectName>) -> Bool) async throws {
        // The state changes now and then; so often in a row it does not.
        for _ in 0..<10 {
            guard let stored = try await read() else { return }
            var places = stored.places
            let differs = body(&places)
            guard differs else { return known.withLock { $0 = places } }
            let text = places.sorted().map { "\($0.namespace)/\($0.name)" }.joined(separator: ",")
            do {
                try await client.mergePatch(
                    .secret, object,
                    body: Object(metadata: .init(annotations: [Self.annotation: text], resourceVersion: stored.version))
                )
                return known.withLock { $0 = places }
            } catch let error as KubernetesError where error.code == .conflict {
                continue
            }
        }
    }
}
