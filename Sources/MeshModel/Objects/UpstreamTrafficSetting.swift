/// An object of the original's kind UpstreamTrafficSetting.
public struct UpstreamTrafficSetting: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.upstreamTrafficSetting
    /// Name and namespace.
    public var metadata: ObjectMetadata

    /// An object with the given metadata.
    public init(metadata: ObjectMetadata) { self.metadata = metadata }

    private enum CodingKeys: String, CodingKey { case metadata }
}

extension UpstreamTrafficSetting {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) { self.init(metadata: metadata) }

    /// The name.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        return list.problems
    }
}
