/// What every object carries: its name, labels and age.
public struct ObjectMetadata: Hashable, Sendable {
    /// The object's name.
    public var name: String
    /// Its namespace; empty for a cluster-scoped object.
    public var namespace: String
    /// The unique id that the API server gave it; empty where it has none.
    public var uid: String
    /// Counts the edits of the spec; 0 where unknown.
    public var generation: Int64
    /// When it was made; `nil` where unknown.
    public var creation: Timestamp?
    /// Its labels.
    public var labels: [String: String]
    /// Its annotations; of what was read only those of the mesh, since others can be large.
    public var annotations: [String: String]

    /// Metadata with the given fields.
    public init(
        name: String, namespace: String = "", uid: String = "", generation: Int64 = 0, creation: Timestamp? = nil,
        labels: [String: String] = [:], annotations: [String: String] = [:]
    ) {
        self.name = name
        self.namespace = namespace
        self.uid = uid
        self.generation = generation
        self.creation = creation
        self.labels = labels
        self.annotations = annotations
    }

    /// Namespace and name together.
    public var objectName: ObjectName { ObjectName(namespace: namespace, name: name) }

    /// What decides between objects that claim the same thing: the oldest holds.
    public var seniority: Seniority { Seniority(creation: creation, name: objectName) }
}

extension ObjectMetadata: Decodable {
    private enum Key: String, CodingKey {
        case name, namespace, uid, generation, creationTimestamp, labels, annotations
    }

    /// Reads metadata; a missing namespace is left empty for the reader to fill in.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        name = try fields.decode(String.self, forKey: .name)
        namespace = try fields.decodeIfPresent(String.self, forKey: .namespace) ?? ""
        uid = try fields.decodeIfPresent(String.self, forKey: .uid) ?? ""
        generation = try fields.decodeIfPresent(Int64.self, forKey: .generation) ?? 0
        creation = try fields.decodeIfPresent(Timestamp.self, forKey: .creationTimestamp)
        labels = try fields.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        annotations = Self.kept(try fields.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:])
    }

    /// What is kept of the annotations that an object has.
    package static func kept(_ annotations: [String: String]) -> [String: String] {
        annotations.filter { $0.key.hasPrefix(MeshLabels.prefix) }
    }
}

/// The rank of an object among others that claim the same thing: age, then namespace and name.
///
/// The least holds the claim. An object of unknown age ranks after every object of known age.
public struct Seniority: Hashable, Comparable, Sendable {
    /// When the object was made; `nil` where unknown.
    public let creation: Timestamp?
    /// Settles ties.
    public let name: ObjectName

    /// Older first, then by name.
    public static func < (left: Seniority, right: Seniority) -> Bool {
        let leftAge = left.creation?.seconds ?? Int64.max
        let rightAge = right.creation?.seconds ?? Int64.max
        return leftAge == rightAge ? left.name < right.name : leftAge < rightAge
    }
}
