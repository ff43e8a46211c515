public import MeshModel

extension APIResource {
    /// The resource of a kind of the mesh.
    ///
    /// - Parameters:
    ///   - kind: The kind.
    ///   - version: Its version; `nil` for the newest that the mesh reads.
    public init(_ kind: ObjectKind, version: String? = nil) { self.init(SourceKind(kind), version: version) }

    /// The resource of a kind by its name.
    init(_ kind: SourceKind, version: String? = nil) {
        self.init(
            group: kind.group, version: version ?? kind.versions.first ?? "v1", plural: Self.plural(of: kind.name),
            isNamespaced: !kind.isClusterScoped)
    }

    /// The kind's name in paths: its name in lower case with the ending of English plurals, as in the CRDs of the
    /// original and in Kubernetes.
    static func plural(of kind: String) -> String {
        let name = kind.lowercased()
        if name.hasSuffix("y") { return "\(name.dropLast())ies" }
        return name.hasSuffix("s") ? "\(name)es" : "\(name)s"
    }

    /// Namespaces.
    public static let namespace = APIResource(group: "", version: "v1", plural: "namespaces", isNamespaced: false)
    /// Pods.
    public static let pod = APIResource(group: "", version: "v1", plural: "pods", isNamespaced: true)
    /// Services.
    public static let service = APIResource(group: "", version: "v1", plural: "services", isNamespaced: true)
    /// ServiceAccounts.
    public static let serviceAccount = APIResource(
        group: "", version: "v1", plural: "serviceaccounts", isNamespaced: true)
    /// ConfigMaps.
    public static let configMap = APIResource(group: "", version: "v1", plural: "configmaps", isNamespaced: true)
    /// Secrets.
    public static let secret = APIResource(group: "", version: "v1", plural: "secrets", isNamespaced: true)
    /// Events of the core group.
    public static let event = APIResource(group: "", version: "v1", plural: "events", isNamespaced: true)
    /// Deployments.
    public static let deployment = APIResource(group: "apps", version: "v1", plural: "deployments", isNamespaced: true)
    /// Leases.
    public static let lease = APIResource(
        group: "coordination.k8s.io", version: "v1", plural: "leases", isNamespaced: true)
    /// Reviews of tokens.
    public static let tokenReview = APIResource(
        group: "authentication.k8s.io", version: "v1", plural: "tokenreviews", isNamespaced: false)
    /// Definitions of kinds.
    public static let customResourceDefinition = APIResource(
        group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions", isNamespaced: false)
    /// Configurations of webhooks that change objects.
    public static let mutatingWebhookConfiguration = APIResource(
        group: "admissionregistration.k8s.io", version: "v1", plural: "mutatingwebhookconfigurations",
        isNamespaced: false)
    /// Configurations of webhooks that check objects.
    public static let validatingWebhookConfiguration = APIResource(
        group: "admissionregistration.k8s.io", version: "v1", plural: "validatingwebhookconfigurations",
        isNamespaced: false)
    /// Roles that hold in all namespaces.
    public static let clusterRole = APIResource(
        group: "rbac.authorization.k8s.io", version: "v1", plural: "clusterroles", isNamespaced: false)
}
