import MeshModel
import Testing

@testable import ManifestSource

@Suite("Values of a wrong type")
struct WrongTypeTests {
    /// A value of each type.
    private static let values: [PlainValue] = [
        .text("seven"), .integer(7), .number(1.5), .boolean(true), .list([.text("a")]), .map(["a": .text("b")]),
    ]

    /// The fields that the mesh does not read: whatever is in them changes nothing.
    private static let unread: [ObjectKind: Set<String>] = [
        // That it is there is reported.
        .ingressBackend: ["matches[]", "matches[].apiGroup", "matches[].kind", "matches[].name"]
    ]

    @Test("are told by the field's path, or stand in a field that the mesh does not read", arguments: SchemaField.kinds)
    func wrongTypes(kind: ObjectKind) throws {
        let fields = try SchemaField.all(of: kind)
        #expect(fields.count > 3)
        var ignored: Set<String> = []
        for field in fields {
            for value in Self.values where value.type != field.type {
                // A whole number is a number.
                if field.type == "number", value.type == "integer" { continue }
                let (paths, object) = SchemaField.reading(field.manifest(with: value))
                if paths.contains(field.path) { continue }
                let others = [field.manifest(with: nil), field.manifest].map { SchemaField.reading($0).object }
                if object != nil, others.contains(object) {
                    ignored.insert(field.shortPath)
                } else {
                    Issue.record("\(field) = \(value.json): told of \(paths), read \(String(describing: object))")
                }
            }
        }
        #expect(ignored.subtracting(Self.unread[kind] ?? []).sorted() == [])
    }
}
