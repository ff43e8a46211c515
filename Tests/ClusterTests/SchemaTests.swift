import Testing

@Suite("The schemas of the kinds")
struct SchemaTests {
    private static func definition(of kind: MeshKind) throws -> Tree {
        let documents = try Tree.documents(yaml: Checkout.text("crds/\(kind.name.lowercased()).yaml"))
        #expect(documents.count == 1)
        return documents[0]
    }

    /// The paths of all parts of a schema that lack a description, the schema's own path among them.
    private static func undescribed(_ schema: Tree, at path: String) -> [String] {
        let properties = (schema["properties"].map ?? [:]).sorted { $0.key < $1.key }
            .map { ("\(path).\($0.key)", $0.value) }
        let parts =
            properties
            + ["items", "additionalProperties"].filter { schema[$0].map != nil }
            .map { ("\(path)[]", schema[$0]) }
        let own = (schema["description"].text ?? "").isEmpty ? [path] : []
        return own + parts.flatMap { undescribed($1, at: $0) }
    }

    @Test("Every field is described", arguments: MeshKind.all)
    func descriptions(kind: MeshKind) throws {
        let versions = try Self.definition(of: kind)["spec"]["versions"].list
        #expect(versions.count == kind.served.count + kind.kept.count)
        for version in versions {
            let missing = Self.undescribed(version["schema"]["openAPIV3Schema"], at: kind.name)
            #expect(missing == [])
            let columns = version["additionalPrinterColumns"].list
            #expect(columns.allSatisfy { !($0["description"].text ?? "").isEmpty })
        }
    }

    @Test("A field without a description is found")
    func undescribedField() {
        let schema: Tree = [
            "description": "a",
            "properties": ["spec": ["items": ["description": "b"]], "status": ["description": "c"]],
        ]
        #expect(Self.undescribed(schema, at: "K") == ["K.spec"])
    }

    @Test("All versions of a kind are one schema, with the same columns", arguments: MeshKind.all)
    func versions(kind: MeshKind) throws {
        let versions = try Self.definition(of: kind)["spec"]["versions"].list
        let first = try #require(versions.first)
        #expect(first["schema"] != .null)
        for version in versions {
            #expect(version["schema"] == first["schema"])
            #expect(version["additionalPrinterColumns"] == first["additionalPrinterColumns"])
        }
    }

    @Test("The status of all kinds has the same conditions, and begins with a generation of -1")
    func status() throws {
        let schemas = try MeshKind.all.map { kind in
            let version = try Self.definition(of: kind)["spec"]["versions"].list[0]
            return version["schema"]["openAPIV3Schema"]["properties"]["status"]
        }
        let conditions = schemas[0]["properties"]["conditions"]
        #expect(conditions["x-kubernetes-list-map-keys"] == ["type"])
        let fields = try #require(conditions["items"]["properties"].map)
        #expect(
            Set(fields.keys)
                == ["type", "status", "reason", "message", "observedGeneration", "lastTransitionTime"])
        for schema in schemas {
            #expect(schema["properties"]["conditions"] == conditions)
            #expect(schema["default"] == ["observedGeneration": -1])
            #expect(schema["properties"]["observedGeneration"]["default"] == -1)
        }
        // Where the original wrote a free status, what it wrote stays.
        let free = zip(MeshKind.all, schemas).filter { $1["x-kubernetes-preserve-unknown-fields"].isTrue }.map(\.0.name)
        #expect(free == ["IngressBackend", "MeshRootCertificate", "Telemetry", "UpstreamTrafficSetting"])
    }
}
