internal import MeshModel
internal import MeshStatus

/// The JSON merge patch that gives an object a status.
///
/// It names the object's uid, so that it does not hit another object that has taken the name; fields that the old
/// status has and the new one lacks are null.
struct StatusPatch: Encodable {
    private struct Status: Encodable {
        let status: KnownStatus
        let former: Set<String>

        private struct Field: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Field.self)
            try fields.encode(status.observedGeneration, forKey: Field(stringValue: "observedGeneration"))
            try fields.encode(status.conditions, forKey: Field(stringValue: "conditions"))
            for (name, text) in status.summary { try fields.encode(text, forKey: Field(stringValue: name)) }
            for name in former.subtracting(status.summary.keys) {
                try fields.encodeNil(forKey: Field(stringValue: name))
            }
            if !status.components.isEmpty {
                try fields.encode(status.components, forKey: Field(stringValue: KnownStatus.componentField))
            }
        }
    }

    private struct Metadata: Encodable { let uid: String }

    private let metadata: Metadata
    private let status: Status

    /// A patch.
    ///
    /// - Parameters:
    ///   - status: What the object shall have.
    ///   - former: What it has.
    init(_ status: KnownStatus, former: KnownStatus?) {
        metadata = Metadata(uid: status.uid)
        self.status = Status(status: status, former: Set((former?.summary ?? [:]).keys))
    }
}
