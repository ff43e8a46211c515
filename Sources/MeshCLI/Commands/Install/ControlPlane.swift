internal import KubernetesClient
internal import MeshInstallation
internal import MeshModel

/// A control plane of a mesh as it is found in a cluster, by the labels of its Deployment.
struct ControlPlane: Equatable, Sendable {
    /// What a Deployment says of it.
    struct Object: Decodable, Sendable {
        struct Metadata: Decodable, Sendable {
            let name: String
            let namespace: String?
            let labels: [String: String]?
        }
        struct Specification: Decodable, Sendable {
            let template: JSONContent?
        }

        let metadata: Metadata
        let spec: Specification
    }

    /// The mesh's name.
    let meshName: String
    /// Where it is.
    let namespace: String
    /// Whether it wants to be the only one.
    let enforcesSingleMesh: Bool
    /// Whether it is of this project and not the original's.
    let isOurs: Bool

    init(_ object: Object) {
        meshName = object.metadata.labels?["meshName"] ?? ""
        namespace = object.metadata.namespace ?? ""
        enforcesSingleMesh = object.metadata.labels?["enforceSingleMesh"] == "true"
        // The original's controller takes no such argument.
        isOurs = object.spec.template.map { Self.holds("--in-cluster", $0) } ?? false
    }

    /// What is left of a mesh whose installation or removal was interrupted.
    private init(restOf record: InstallationRecord, namespace: String) {
        meshName = record.meshName
        self.namespace = namespace
        enforcesSingleMesh = false
        isOurs = true
    }

    private static func holds(_ word: String, _ value: JSONContent) -> Bool {
        switch value {
        case .string(let text): text == word
        case .array(let elements): elements.contains { holds(word, $0) }
        case .object(let members): members.values.contains { holds(word, $0) }
        case .null, .boolean, .integer, .number: false
        }
    }

    /// `[mesh name: M] in namespace [N]`.
    var words: String { "[mesh name: \(meshName)] in namespace [\(namespace)]" }

    /// All control planes in a cluster, by namespace.
    ///
    /// - Throws: `KubernetesError`.
    static func all(_ client: KubernetesClient) async throws -> [ControlPlane] {
        try await client.list(.deployment, labelSelector: "app=osm-controller", as: Object.self).map(ControlPlane.init)
            .filter { !$0.meshName.isEmpty }
    }

    /// All control planes in a cluster, and what is left of one in a namespace without a controller.
    ///
    /// - Throws: `KubernetesError`.
    static func allWithRests(_ client: KubernetesClient, namespace: String) async throws -> [ControlPlane] {
        let planes = try await all(client)
        guard !planes.contains(where: { $0.namespace == namespace }),
            let record = try await InstallationRecord.read(client, namespace: namespace)
        else { return planes }
        return planes + [ControlPlane(restOf: record, namespace: namespace)]
    }
}

extension ControlPlane {
    /// Refuses an installation beside what is there.
    ///
    /// - Throws: ``CommandFailure``.
    static func check(_ present: [ControlPlane], beside installation: Installation) throws {
        let action = "installing mesh [\(installation.meshName)] in namespace [\(installation.namespace)]"
        if let here = present.first(where: { $0.namespace == installation.namespace }) {
            guard here.isOurs else {
                throw CommandFailure(
                    action, because: "the control plane \(here.words) is one of the original",
                    advice: "uninstall it with its own command first; its policies stay as they are")
            }
            guard here.meshName == installation.meshName else {
                throw CommandFailure(
                    action, because: "mesh [\(here.meshName)] is in that namespace",
                    advice: "choose another namespace with --osm-namespace")
            }
        }
        let others = present.filter { $0.namespace != installation.namespace }
        if let same = others.first(where: { $0.meshName == installation.meshName }) {
            throw CommandFailure(
                action, because: "mesh [\(same.meshName)] already exists in namespace [\(same.namespace)]",
                advice: "choose another name with --mesh-name")
        }
        if let single = others.first(where: \.enforcesSingleMesh) {
            throw CommandFailure(
                action, because: "mesh [\(single.meshName)] in namespace [\(single.namespace)] enforces a single mesh",
                advice: "upgrade that one with --set osm.enforceSingleMesh=false first")
        }
        if installation.enforcesSingleMesh, let other = others.first {
            throw CommandFailure(
                action, because: "mesh [\(other.meshName)] already exists in namespace [\(other.namespace)]",
                advice: "allow several meshes with --enforce-single-mesh=false")
        }
    }
}

extension APIResource {
    /// MeshRootCertificates.
    static let meshRootCertificate = APIResource(
        apiVersion: "config.openservicemesh.io/v1alpha2", kind: "MeshRootCertificate", isNamespaced: true)

    /// The resource of an object of an installation.
    init(_ reference: InstallationObject.Reference) {
        self.init(
            apiVersion: reference.apiVersion, kind: reference.kind, isNamespaced: !reference.name.namespace.isEmpty)
    }
}
