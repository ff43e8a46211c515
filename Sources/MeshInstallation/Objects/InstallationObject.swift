public import MeshModel

/// One object that an installation consists of.
public struct InstallationObject: Equatable, Sendable {
    /// What it is, by which it is found again.
    public struct Reference: Hashable, Sendable {
        /// Such as `apps/v1`.
        public let apiVersion: String
        /// Such as `Deployment`.
        public let kind: String
        /// Its namespace, empty where its kind has none, and its name.
        public let name: ObjectName

        /// A reference.
        public init(apiVersion: String, kind: String, name: ObjectName) {
            self.apiVersion = apiVersion
            self.kind = kind
            self.name = name
        }
    }

    /// The object as a manifest says it.
    public internal(set) var content: JSONContent
    /// Whether it is only made where it is missing: afterwards it is its owner's.
    public internal(set) var isPreset = false

    /// An object.
    ///
    /// - Throws: ``InstallationError`` if it has no kind or name.
    init(_ content: JSONContent) throws {
        self.content = content
        guard content["apiVersion"]?.text != nil, content["kind"]?.text != nil,
            content["metadata", "name"]?.text != nil
        else { throw InstallationError("a manifest within this program has an object without kind or name") }
    }

    /// What it is.
    public var reference: Reference {
        Reference(
            apiVersion: content["apiVersion"]?.text ?? "", kind: kind,
            name: ObjectName(
                namespace: content["metadata", "namespace"]?.text ?? "", name: content["metadata", "name"]?.text ?? ""))
    }

    /// Such as `Deployment`.
    public var kind: String { content["kind"]?.text ?? "" }

    /// What is applied where there is such an object already.
    ///
    /// A Deployment that does not say how many replicas it has, since an autoscaler does, keeps those that there are:
    /// without a word it would be left with one.
    ///
    /// - Parameter stored: The object that there is.
    public func content(beside stored: JSONContent) -> JSONContent {
        var content = content
        if kind == "Deployment", content["spec", "replicas"] == nil, let count = stored["spec", "replicas"] {
            content["spec", "replicas"] = count
        }
        return content
    }
}

extension InstallationObject.Reference: CustomStringConvertible {
    /// Such as `Deployment osm-system/osm-controller`.
    public var description: String { name.namespace.isEmpty ? "\(kind) \(name.name)" : "\(kind) \(name)" }
}

extension InstallationObject.Reference: Comparable {
    /// The order in which objects are made: what others need comes first.
    ///
    /// Kinds that are not named here come before the controller and after all that it needs.
    private static let order = [
        "CustomResourceDefinition", "Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role",
        "RoleBinding", "Secret", "ConfigMap", "Service", "MeshConfig", "MeshRootCertificate",
        "PodDisruptionBudget", "HorizontalPodAutoscaler", "Deployment",
    ]

    private var rank: Int { Self.order.firstIndex(of: kind) ?? Self.order.count - 2 }

    /// By the order of making, then kind, namespace and name.
    public static func < (left: Self, right: Self) -> Bool {
        (left.rank, left.kind, left.name.namespace, left.name.name, left.apiVersion)
            < (right.rank, right.kind, right.name.namespace, right.name.name, right.apiVersion)
    }
}

extension InstallationObject.Reference {
    /// The reference that ``line`` has written; `nil` for another text.
    public init?(line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        let names = words[2].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard names.count == 2, !names[1].isEmpty else { return nil }
        self.init(
            apiVersion: words[0], kind: words[1], name: ObjectName(namespace: names[0], name: names[1]))
    }

    /// The reference in one line: version, kind, namespace and name.
    public var line: String { "\(apiVersion) \(kind) \(name.namespace)/\(name.name)" }
}
