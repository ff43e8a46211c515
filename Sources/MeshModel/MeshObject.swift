/// An object that users or Kubernetes write and that the mesh reads.
///
/// Decoding takes the fields that the mesh uses and ignores all others. A decoded object may still be wrong:
/// ``validate()`` tells.
public protocol MeshObject: SourceObject {
    /// The kind of all objects of this type.
    static var kind: ObjectKind { get }
    /// An object of which only the metadata could be read; it means nothing, but its author can be told.
    init(unread metadata: ObjectMetadata)
    /// Everything that is wrong with the object by itself, in the order of its fields; empty if it is valid.
    ///
    /// Whether the objects that it names exist is not looked at here.
    func validate() -> [Problem]
}

extension MeshObject {
    /// The kind, as the API server names it.
    public static var source: SourceKind { SourceKind(kind) }
    /// Kind, namespace and name.
    public var key: ObjectKey { ObjectKey(kind: Self.kind, name: metadata.objectName) }
    /// The namespace.
    public var namespace: String { metadata.namespace }
}

/// Something wrong with one field of an object, in words for the person who wrote it.
public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// The path of the field from the object's root, such as `spec.backends[1].weight`.
    public let path: String
    /// What is wrong and what would be right.
    public let message: String

    /// A problem with the field at a path.
    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    /// The same of an object that has this one's in a field.
    func below(_ field: String) -> Problem {
        Problem(path: path.isEmpty ? field : "\(field).\(path)", message: message)
    }

    /// `path: message`.
    public var description: String { "\(path): \(message)" }
}

/// What happened to one object.
public enum ObjectChange<Object: SourceObject>: Equatable, Sendable {
    /// The object is new, or differs from before.
    case set(Object)
    /// The object is new or differs, but cannot be read beyond its metadata: what it said before does not hold any more.
    case unreadable(ObjectMetadata, Problem)
    /// The object is gone.
    case remove(ObjectName)

    /// The object that changed.
    public var name: ObjectName {
        switch self {
        case .set(let object): object.name
        case .unreadable(let metadata, _): metadata.objectName
        case .remove(let name): name
        }
    }
}

/// What a source of objects of one kind tells.
public enum SourceEvent<Object: SourceObject>: Equatable, Sendable {
    /// Some objects changed together.
    case changes([ObjectChange<Object>])
    /// Every object that existed when the source started has been told.
    case synchronized
}
