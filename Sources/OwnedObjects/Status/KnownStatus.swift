internal import MeshModel
public import MeshStatus

/// The status that an object has in the cluster, as far as it is ours.
public struct KnownStatus: Equatable, Sendable {
    /// The object's uid.
    public var uid: String
    /// The generation that the status is of; -1 where none was written yet.
    public var observedGeneration: Int64
    /// Our conditions, in the order in which they stand.
    public var conditions: [Condition]
    /// Our fields for the columns of lists.
    public var summary: [String: String]
    /// What parts of the mesh make of a MeshRootCertificate, by their names; empty for other kinds.
    public var components: [String: String]

    /// A status.
    public init(
        uid: String, observedGeneration: Int64 = -1, conditions: [Condition] = [], summary: [String: String] = [:],
        components: [String: String] = [:]
    ) {
        self.components = components
        self.uid = uid
        self.observedGeneration = observedGeneration
        self.conditions = conditions
        self.summary = summary
    }

    /// The condition of a kind.
    subscript(_ kind: Condition.Kind) -> Condition? { conditions.first { $0.type == kind } }

    /// The fields of `status` that columns show, of whatever kind.
    static let summaryFields = [
        "backends", "distributed", "issuer", "matches", "notAfter", "proxies", "role", "rules", "sources", "synced",
        "trustDomain", "usedBy",
    ]
    /// The field of ``components``, as in the original.
    static let componentField = "componentStatuses"
}

/// An object in the cluster with its status.
struct ObservedObject: Decodable {
    let metadata: ObjectMetadata
    let status: KnownStatus

    private enum Key: String, CodingKey { case metadata, status }
    private struct Field: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
    /// A condition of whomever.
    private struct AnyCondition: Decodable {
        let condition: Condition?

        init(from decoder: any Decoder) { condition = try? Condition(from: decoder) }
    }

    /// Reads what it can: whatever others wrote into a status does not keep the object from being known.
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        metadata = try fields.decode(ObjectMetadata.self, forKey: .metadata)
        var status = KnownStatus(uid: metadata.uid)
        if let values = try? fields.nestedContainer(keyedBy: Field.self, forKey: .status) {
            func value<Value: Decodable>(_ name: String, _ type: Value.Type) -> Value? {
                try? values.decodeIfPresent(type, forKey: Field(stringValue: name))
            }
            status.observedGeneration = value("observedGeneration", Int64.self) ?? -1
            status.conditions = (value("conditions", [AnyCondition].self) ?? []).compactMap(\.condition)
            for name in KnownStatus.summaryFields { status.summary[name] = value(name, String.self) }
            status.components = value(KnownStatus.componentField, [String: String].self) ?? [:]
        }
        self.status = status
    }
}
