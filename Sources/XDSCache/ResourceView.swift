/// The resources that one proxy may see, now.
public protocol ResourceView {
    /// The resource of a name; `nil` if the proxy sees none.
    func resource(_ name: ResourceName) -> Resource?
    /// The resource of a name, and what of some types it refers to as far as the proxy sees it, all of one moment;
    /// `nil` if the proxy sees none.
    func resource(_ name: ResourceName, with types: [ResourceType]) -> (resource: Resource, references: [Resource])?
    /// The names of a type that the proxy sees, in any order.
    func names(of type: ResourceType) -> [String]
    /// Whether a resource that is not there will come: then "does not exist" is no answer.
    func isExpected(_ name: ResourceName) -> Bool
    /// What takes the place of a resource that left the view, with a proxy that has it and follows it still; `nil` if
    /// it just goes.
    func replacement(of name: ResourceName) -> Resource?
}

extension ResourceView {
    /// One after the other: for views that do not change meanwhile.
    public func resource(
        _ name: ResourceName, with types: [ResourceType]
    ) -> (resource: Resource, references: [Resource])? {
        guard let resource = resource(name) else { return nil }
        return (resource, resource.references.filter { types.contains($0.type) }.compactMap { self.resource($0) })
    }
    /// Never: what a view holds is all there is.
    public func isExpected(_ name: ResourceName) -> Bool { false }
    /// None: what goes just goes.
    public func replacement(of name: ResourceName) -> Resource? { nil }
}
