internal import KubernetesClient
internal import MeshModel

/// A control plane in the cluster, as its Deployment tells.
struct InstalledMesh: Equatable, Sendable {
    /// The label by which Deployments of control planes are found.
    static let selector = "app=osm-controller"
    /// The label of the mesh's name.
    static let nameLabel = "meshName"
    private static let singleLabel = "enforceSingleMesh"

    let name: String
    let namespace: String
    /// The version by the label `app.kubernetes.io/version`, else the tag of the image; `unknown` without either.
    let version: String
    /// How many replicas there should be.
    let replicas: Int
    /// How many are ready.
    let readyReplicas: Int
    /// Whether it wants to be the only one.
    let enforcesSingleMesh: Bool
    /// Whether it is of this project and not the original's.
    let isOurs: Bool

    /// The mesh of a Deployment; `nil` if it has no name.
    init?(_ deployment: DeploymentObject) {
        guard let name = deployment.metadata.labels?[Self.nameLabel], !name.isEmpty else { return nil }
        self.name = name
        namespace = deployment.metadata.namespace ?? ""
        enforcesSingleMesh = deployment.metadata.labels?[Self.singleLabel] == "true"
        let containers = deployment.spec?.template?.spec?.containers ?? []
        // The original's controller takes no such argument.
        isOurs = containers.contains { (($0.command ?? []) + ($0.args ?? [])).contains("--in-cluster") }
        let image = containers.first { $0.name == "osm-controller" }?.image
        version =
            deployment.metadata.labels?["app.kubernetes.io/version"] ?? image.flatMap(Self.tag) ?? "unknown"
        replicas = deployment.spec?.replicas ?? 1
        readyReplicas = deployment.status?.readyReplicas ?? 0
    }

    /// `[mesh name: M] in namespace [N]`.
    var words: String { "[mesh name: \(name)] in namespace [\(namespace)]" }

    /// The tag of an image; `nil` if it has none.
    static func tag(of image: String) -> String? {
        let name = image.split(separator: "@").first ?? ""
        guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return nil }
        return String(name[name.index(after: colon)...])
    }
}

extension ClusterConnection {
    /// All control planes in the cluster, sorted by name and namespace.
    func meshes() async throws -> [InstalledMesh] {
        try await client.list(.deployment, labelSelector: InstalledMesh.selector, as: DeploymentObject.self)
            .compactMap(InstalledMesh.init).sorted { ($0.name, $0.namespace) < ($1.name, $1.namespace) }
    }

    /// The namespaces of meshes, sorted by name.
    ///
    /// - Parameter mesh: The mesh; `nil` for all.
    func namespaces(ofMesh mesh: String? = nil) async throws -> [NamespaceObject] {
        let selector = mesh.map { "\(MeshLabels.monitoredBy)=\($0)" } ?? MeshLabels.monitoredBy
        return try await client.list(.namespace, labelSelector: selector, as: NamespaceObject.self)
            .sorted { $0.metadata.name < $1.metadata.name }
    }

    /// A namespace; `nil` if it does not exist.
    func namespace(_ name: String) async throws -> NamespaceObject? {
        try await client.get(.namespace, ObjectName(namespace: "", name: name), as: NamespaceObject.self)
    }
}
