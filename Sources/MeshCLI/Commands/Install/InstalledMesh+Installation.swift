internal import KubernetesClient
internal import MeshInstallation
internal import MeshModel

extension InstalledMesh {
    /// Refuses an installation beside what is there.
    ///
    /// - Throws: ``CommandFailure``.
    static func check(_ present: [InstalledMesh], beside installation: Installation) throws {
        let action = "installing mesh [\(installation.meshName)] in namespace [\(installation.namespace)]"
        if let here = present.first(where: { $0.namespace == installation.namespace }) {
            guard here.isOurs else {
                throw CommandFailure(
                    action, because: "the control plane \(here.words) is one of the original",
                    advice: "uninstall it with its own command first; its policies stay as they are")
            }
            guard here.name == installation.meshName else {
                throw CommandFailure(
                    action, because: "mesh [\(here.name)] is in that namespace",
                    advice: "choose another namespace with --osm-namespace")
            }
        }
        let others = present.filter { $0.namespace != installation.namespace }
        if let same = others.first(where: { $0.name == installation.meshName }) {
            throw CommandFailure(
                action, because: "mesh [\(same.name)] already exists in namespace [\(same.namespace)]",
                advice: "choose another name with --mesh-name")
        }
        if let single = others.first(where: \.enforcesSingleMesh) {
            throw CommandFailure(
                action, because: "mesh [\(single.name)] in namespace [\(single.namespace)] enforces a single mesh",
                advice: "upgrade that one with --set osm.enforceSingleMesh=false first")
        }
        if installation.enforcesSingleMesh, let other = others.first {
            throw CommandFailure(
                action, because: "mesh [\(other.name)] already exists in namespace [\(other.namespace)]",
                advice: "allow several meshes with --enforce-single-mesh=false")
        }
    }
}

extension InstalledMesh {
    /// What is left of a mesh whose installation or removal was interrupted.
    fileprivate init(restOf record: InstallationRecord, in namespace: String) {
        name = record.meshName
        self.namespace = namespace
        version = "unknown"
        replicas = 0
        readyReplicas = 0
        enforcesSingleMesh = false
        isOurs = true
    }
}

extension ClusterConnection {
    /// All control planes in the cluster, and what is left of one in the namespace that the options name.
    func meshesAndRests() async throws -> [InstalledMesh] {
        let meshes = try await meshes()
        guard !meshes.contains(where: { $0.namespace == osmNamespace }),
            let record = try await InstallationRecord.read(client, namespace: osmNamespace)
        else { return meshes }
        return meshes + [InstalledMesh(restOf: record, in: osmNamespace)]
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
