public import CertificateAuthority
internal import FoundationEssentials
public import KubernetesClient
internal import MeshModel

/// Where the state of the mesh's roots is kept: a Secret, since whoever may write it decides what every pod trusts.
///
/// It holds no key.
public struct TrustStateStore: Sendable {
    /// What is kept, and the version that a change of it must name.
    public struct Kept: Hashable, Sendable {
        /// The state.
        public let state: TrustState
        fileprivate let resourceVersion: String
    }

    /// The name of the Secret.
    public static let name = "osm-mesh-trust"
    private static let field = "state.json"

    private let client: KubernetesClient
    private let object: ObjectName

    /// A store.
    ///
    /// - Parameter namespace: The namespace of the controller.
    public init(client: KubernetesClient, namespace: String) {
        self.client = client
        object = ObjectName(namespace: namespace, name: Self.name)
    }

    /// What is kept; `nil` if nothing is yet.
    ///
    /// - Throws: The API server's error, or `OwnedObjectsError` for a Secret that cannot be read.
    public func load() async throws -> Kept? {
        guard let secret = try await client.get(.secret, object, as: StoredSecret.self) else { return nil }
        guard let data = secret.data?[Self.field], let state = try? JSONDecoder().decode(TrustState.self, from: data),
            state.signer != nil, let version = secret.metadata.resourceVersion
        else {
            throw OwnedObjectsError(
                .secret,
                "Secret \(object) holds no state of the mesh's roots in `\(Self.field)`: restore it; if it is deleted, the"
                    + " controller begins anew with the roots of the MeshRootCertificates, and connections may fail meanwhile"
            )
        }
        return Kept(state: state, resourceVersion: version)
    }

    /// Keeps the state of a mesh that begins, unless another replica was quicker.
    ///
    /// - Returns: What is kept then; `nil` if it went meanwhile.
    public func begin(_ state: TrustState) async throws -> Kept? {
        let metadata = StoredSecret.Metadata(
            name: object.name, namespace: object.namespace, labels: StoredSecret.labels)
        let secret = StoredSecret(metadata: metadata, type: "Opaque", data: [Self.field: try Self.data(state)])
        _ = try await client.create(.secret, object, body: secret)
        return try await load()
    }

    /// Keeps the next state in place of the one that was read.
    ///
    /// - Returns: Whether it is kept; `false` if somebody else has changed it, or deleted it, meanwhile.
    public func replace(_ kept: Kept, with next: TrustState) async throws -> Bool {
        let metadata = StoredSecret.Metadata(
            name: object.name, namespace: object.namespace, resourceVersion: kept.resourceVersion)
        do {
            return try await client.mergePatch(
                .secret, object, subresource: nil,
                body: StoredSecret(metadata: metadata, data: [Self.field: try Self.data(next)]))
        } catch let error as KubernetesError where error.code == .conflict {
            return false
        }
    }

    private static func data(_ state: TrustState) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(state)
    }
}
