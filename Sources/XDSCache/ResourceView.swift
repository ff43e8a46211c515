/// The resources that one proxy may see, now.
public protocol ResourceView {
    /// The resource of a name; `nil` if the proxy sees none.
    func resource(_ name: ResourceName) -> Resource?
    /// The names of a type that the proxy sees, in any order.
    func names(of type: ResourceType) -> [String]
    /// Whether a resource that is not there will come: then "does not exist" is no answer.
    func isExpected(_ name: ResourceName) -> Bool
}

extension ResourceView {
    /// Never: what a view holds is all there is.
    public func isExpected(_ name: ResourceName) -> Bool { false }
}
