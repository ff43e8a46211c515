/// An object of Kubernetes that a source tells of.
///
/// Decoding takes the fields that are used and ignores all others.
public protocol SourceObject: Decodable, Equatable, Sendable {
    /// The kind of all objects of this type.
    static var source: SourceKind { get }
    /// Name, labels, age.
    var metadata: ObjectMetadata { get }
}

extension SourceObject {
    /// Namespace and name.
    public var name: ObjectName { metadata.objectName }
}

/// A kind of objects, as the API server names it.
public struct SourceKind: Hashable, Sendable {
    /// The name in manifests, such as `Pod`.
    public let name: String
    /// The API group; empty for the core group.
    public let group: String
    /// The versions whose spelling is read, newest first.
    public let versions: [String]
    /// Whether objects of this kind live outside every namespace.
    public let isClusterScoped: Bool

    /// A kind in which the controller keeps something of its own: `v1` of the core group, in namespaces.
    public static let configMap = SourceKind(name: "ConfigMap", group: "", versions: ["v1"], isClusterScoped: false)

    private init(name: String, group: String, versions: [String], isClusterScoped: Bool) {
        self.name = name
        self.group = group
        self.versions = versions
        self.isClusterScoped = isClusterScoped
    }

    /// A kind that the mesh reads.
    public init(_ kind: ObjectKind) {
        self.init(
            name: kind.rawValue, group: kind.group, versions: kind.versions, isClusterScoped: kind.isClusterScoped)
    }
}
