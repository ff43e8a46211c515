public import MeshModel

/// An object in a table, with what is wrong with it.
public struct ObjectRow<Object: MeshObject>: Equatable, Identifiable, Sendable {
    /// The object.
    public let object: Object
    /// What ``MeshObject/validate()`` found; an object with problems allows and shapes nothing.
    public let problems: [Problem]

    /// A row for an object.
    public init(object: Object, problems: [Problem]) {
        self.object = object
        self.problems = problems
    }

    /// The object's namespace and name.
    public var id: ObjectName { object.name }
    /// Whether the object is valid by itself.
    public var isValid: Bool { problems.isEmpty }
    /// The object, if it is valid.
    public var valid: Object? { isValid ? object : nil }
}

/// The certificates that the mesh trusts, as the certificate authority sets them.
public struct TrustBundle: Equatable, Identifiable, Sendable {
    /// There is one bundle.
    public var id: Whole { Whole.one }
    /// The domains of the identities, that of the root which signs first; several while a mesh changes its own.
    public let trustDomains: [String]
    /// Further domains under which clients are accepted, since connections may bear names of them still.
    public let formerTrustDomains: [String]
    /// The roots in PEM.
    public let rootsPEM: String

    /// A trust bundle.
    public init(trustDomains: [String], formerTrustDomains: [String] = [], rootsPEM: String) {
        self.trustDomains = trustDomains
        self.formerTrustDomains = formerTrustDomains
        self.rootsPEM = rootsPEM
    }
}

/// The key of what the mesh has only one of.
public enum Whole: Int, Hashable, Comparable, Sendable {
    case one

    /// Never true: there is only one.
    public static func < (left: Whole, right: Whole) -> Bool { left.rawValue < right.rawValue }
}
