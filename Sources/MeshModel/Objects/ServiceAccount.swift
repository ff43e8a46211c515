/// A Kubernetes ServiceAccount: the name of an identity.
public struct ServiceAccount: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.serviceAccount
    /// Name and uid.
    public var metadata: ObjectMetadata

    /// A service account with the given metadata.
    public init(metadata: ObjectMetadata) { self.metadata = metadata }

    private enum CodingKeys: String, CodingKey { case metadata }
}

extension ServiceAccount {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata)
    }

    /// The names.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        return list.problems
    }
}
