/// A Kubernetes Namespace: whether it is in the mesh, and what its annotations say.
public struct Namespace: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.namespace
    /// Name, labels and annotations.
    public var metadata: ObjectMetadata

    /// A namespace with the given metadata.
    public init(metadata: ObjectMetadata) { self.metadata = metadata }

    private enum CodingKeys: String, CodingKey { case metadata }
}

extension Namespace {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata)
    }

    /// Whether the namespace belongs to a mesh: it has the mesh's label, and not the one that keeps meshes away.
    public func isInMesh(named meshName: String) -> Bool {
        metadata.labels[MeshLabels.monitoredBy] == meshName && metadata.labels[MeshLabels.ignore] == nil
    }

    /// Whether the namespace's annotation switches permissive mode on or off for the services in it; `nil` without
    /// the annotation or with a value that has no meaning.
    public var permissiveMode: Bool? {
        metadata.annotations[MeshLabels.permissiveMode].flatMap(MeshLabels.switchPosition)
    }

    /// The name and the annotation.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind, isLabel: true)
        if let text = metadata.annotations[MeshLabels.permissiveMode], permissiveMode == nil {
            list.add(
                "metadata.annotations[\(MeshLabels.permissiveMode)]",
                "`\(text)` has no meaning here: write enabled or disabled")
        }
        return list.problems
    }
}
