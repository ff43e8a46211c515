public import MeshModel

/// What the injector is told of the mesh and the cluster, beside the MeshConfig.
public struct InjectionSettings: Hashable, Sendable {
    /// Who redirects the pod's connections to its sidecar.
    public enum Redirection: String, CaseIterable, Sendable {
        /// The init container `osm-init`, which needs the capability NET_ADMIN.
        case initContainer = "init-container"
        /// A CNI plugin of the cluster, which sets the same rules; pods need no capability then.
        case plugin = "cni"
    }

    /// The name of the mesh.
    public var meshName: String
    /// The namespace of the control plane.
    public var osmNamespace: String
    /// The sidecar's image, where the MeshConfig names none; `nil` for none.
    public var envoyImage: String?
    /// The image of the init container, where the MeshConfig names none; `nil` for none.
    public var initImage: String?
    /// The image of the helper for probes; `nil` for none.
    public var healthcheckImage: String?
    /// When the init container's and the helper's images are pulled.
    public var imagePullPolicy: String
    /// Whether the cluster runs init containers with the restart policy `Always` (Kubernetes 1.29 and later).
    public var hasNativeSidecars: Bool
    /// Who redirects the pod's connections.
    public var redirection: Redirection
    /// The families of pods' addresses in the cluster.
    public var families: Set<IPAddress.Family>

    /// Settings with the given values.
    public init(
        meshName: String = "osm", osmNamespace: String = "osm-system", envoyImage: String? = nil,
        initImage: String? = nil, healthcheckImage: String? = nil, imagePullPolicy: String = "IfNotPresent",
        hasNativeSidecars: Bool = false, redirection: Redirection = .initContainer,
        families: Set<IPAddress.Family> = [.v4]
    ) {
        self.meshName = meshName
        self.osmNamespace = osmNamespace
        self.envoyImage = envoyImage
        self.initImage = initImage
        self.healthcheckImage = healthcheckImage
        self.imagePullPolicy = imagePullPolicy
        self.hasNativeSidecars = hasNativeSidecars
        self.redirection = redirection
        self.families = families
    }
}
