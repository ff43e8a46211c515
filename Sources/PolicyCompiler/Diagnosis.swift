public import MeshModel

/// What the mesh has to say to the author of an object.
public struct Diagnosis: Equatable, Sendable {
    /// Why the object is not in effect: it is malformed, or an older object holds what it claims.
    ///
    /// Empty if it is.
    public let refusals: [Problem]
    /// What the object names that is not there or not usable; the rest of the object is in effect.
    public let unresolved: [Problem]
    /// Why the object is none of this mesh's; `nil` if it is.
    public let outside: String?

    /// A diagnosis.
    public init(refusals: [Problem] = [], unresolved: [Problem] = [], outside: String? = nil) {
        self.refusals = refusals
        self.unresolved = unresolved
        self.outside = outside
    }

    /// Whether there is nothing to say.
    public var isClean: Bool { refusals.isEmpty && unresolved.isEmpty }
}
