public import MeshModel

/// An object in a table, with what is wrong with it.
///
/// It is kept in one place for all who hold it, tables, indexes and batches of changes: an object is large.
public struct ObjectRow<Object: MeshObject>: Equatable, Identifiable, Sendable {
    @usableFromInline
    final class Content: Sendable {
        @usableFromInline let object: Object
        @usableFromInline let problems: [Problem]

        init(_ object: Object, _ problems: [Problem]) {
            self.object = object
            self.problems = problems
        }
    }

    @usableFromInline let content: Content

    /// A row for an object.
    public init(object: Object, problems: [Problem]) { content = Content(object, problems) }

    /// The object.
    @inlinable public var object: Object { content.object }
    /// What ``MeshObject/validate()`` found; an object with problems allows and shapes nothing.
    @inlinable public var problems: [Problem] { content.problems }
    /// The object's namespace and name.
    public var id: ObjectName { object.name }
    /// Whether the object is valid by itself.
    public var isValid: Bool { problems.isEmpty }
    /// The object, if it is valid.
    public var valid: Object? { isValid ? object : nil }

    /// Whether both hold equal objects with equal problems.
    public static func == (left: Self, right: Self) -> Bool {
        left.content === right.content || left.object == right.object && left.problems == right.problems
    }
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
