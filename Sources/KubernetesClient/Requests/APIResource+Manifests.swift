extension APIResource {
    /// The resource of a manifest's kind, by the rule that Kubernetes' own kinds and those of the mesh keep.
    ///
    /// - Parameters:
    ///   - apiVersion: `group/version`, or the version alone in the core group.
    ///   - kind: Such as `Deployment`.
    ///   - isNamespaced: Whether its objects live in namespaces.
    public init(apiVersion: String, kind: String, isNamespaced: Bool) {
        let parts = apiVersion.split(separator: "/", maxSplits: 1)
        self.init(
            group: parts.count == 2 ? String(parts[0]) : "", version: String(parts.last ?? "v1"),
            plural: Self.plural(of: kind), isNamespaced: isNamespaced)
    }
}
