internal import MeshModel

/// A mesh that is to be installed: the manifests of `config` and `crds`, with somebody's settings.
public struct Installation: Equatable, Sendable {
    /// The settings.
    public let values: InstallationValues
    /// The mesh's name.
    public let meshName: String
    /// The control plane's namespace.
    public let namespace: String

    /// The Secret that a token for Vault given as a value is put in.
    static let vaultSecret = "osm-vault-token"
    static let vaultSecretKey = "token"
    /// The names in the manifests.
    static let namespaceInManifests = "osm-system"
    static let meshInManifests = "osm"
    /// Namespaces of Kubernetes itself, which must not be left alone by webhooks nor get a level of pod security.
    private static let foreignNamespaces = ["kube-system", "kube-public", "kube-node-lease"]

    /// A mesh.
    ///
    /// - Parameters:
    ///   - values: The settings; of these the mesh's name and namespace must not contradict the others.
    ///   - meshName: Its name; `nil` for that of the settings.
    ///   - namespace: The control plane's namespace.
    /// - Throws: ``InstallationError`` for names that cannot be, and settings that do not go together.
    public init(_ values: InstallationValues, meshName: String? = nil, namespace: String) throws {
        self.values = values
        self.meshName = meshName ?? values.text("osm.meshName")
        self.namespace = namespace
        for (name, what) in [(self.meshName, "the mesh"), (namespace, "the control plane's namespace")]
        where !Self.isLabel(name) {
            throw InstallationError(
                "`\(name)` is no name for \(what): write at most 63 small letters, digits and hyphens")
        }
        guard !Self.foreignNamespaces.contains(namespace) else {
            throw InstallationError(
                "\(namespace) is Kubernetes' own namespace: give the control plane one with --osm-namespace")
        }
        let other = values.text("osm.osmNamespace")
        guard other.isEmpty || other == namespace else {
            throw InstallationError(
                "osm.osmNamespace is \(other), and the control plane's namespace \(namespace): write --osm-namespace \(other)"
            )
        }
        try validateTogether()
    }

    /// Whether no other mesh may be in the cluster.
    public var enforcesSingleMesh: Bool { values.isTrue("osm.enforceSingleMesh") }

    private func validateTogether() throws {
        let kind = values.text("osm.certificateProvider.kind")
        let hasToken = !values.text("osm.vault.token").isEmpty
        let hasSecret = !values.text("osm.vault.secret.name").isEmpty
        if kind == "vault" {
            guard !values.text("osm.vault.host").isEmpty else {
                throw InstallationError("osm.certificateProvider.kind is vault: set osm.vault.host as well")
            }
            guard hasToken || hasSecret else {
                throw InstallationError(
                    "osm.certificateProvider.kind is vault: set osm.vault.secret.name and osm.vault.secret.key to the "
                        + "Secret with its token, or osm.vault.token")
            }
            guard hasToken || !values.text("osm.vault.secret.key").isEmpty else {
                throw InstallationError("osm.vault.secret.name is set: set osm.vault.secret.key as well")
            }
        }
        let least = values["osm.osmController.autoScale.minReplicas"]
        let greatest = values["osm.osmController.autoScale.maxReplicas"]
        if case (.integer(let least), .integer(let greatest)) = (least, greatest), least > greatest {
            throw InstallationError(
                "osm.osmController.autoScale.minReplicas is \(least), more than maxReplicas, \(greatest)")
        }
    }

    /// A name as DNS takes one (RFC 1123).
    private static func isLabel(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        let (small, digits) = (UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"))
        let isAllowed = bytes.allSatisfy { small.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-") }
        return (1...63).contains(bytes.count) && isAllowed && !name.hasPrefix("-") && !name.hasSuffix("-")
    }
}

extension Installation {
    /// The kinds of the mesh, which come first: nothing of a kind can be made before its kind is established.
    ///
    /// - Throws: ``InstallationError``.
    public func kinds() throws -> [InstallationObject] {
        try Manifests.kinds.map { try $0.object() }.sorted { $0.reference < $1.reference }
    }

    /// All else, in the order in which it is made.
    ///
    /// - Throws: ``InstallationError``.
    public func objects() throws -> [InstallationObject] {
        var objects = try controlPlane() + certificates() + addons()
        objects.append(try meshConfig())
        return objects.map { named($0) }.sorted { $0.reference < $1.reference }
    }
}
