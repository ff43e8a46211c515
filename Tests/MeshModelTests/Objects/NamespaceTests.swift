import MeshModel
import Testing

@Suite("Namespace")
struct NamespaceTests {
    private static let annotation = "openservicemesh.io/permissive-traffic-policy"

    private static let manifests = [
        Manifest("a name is enough", whole: "{metadata: {name: n0}}"),
        Manifest("an empty name", whole: "{metadata: {name: ''}}", "metadata.name"),
        Manifest("a name with a dot", whole: "{metadata: {name: a.b}}", "metadata.name"),
        Manifest(
            "an annotation without a meaning", whole: "{metadata: {name: n, annotations: {\(annotation): maybe}}}",
            "metadata.annotations[\(annotation)]"),
        Manifest("an annotation", whole: "{metadata: {name: n, annotations: {\(annotation): enabled}}}"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(Namespace.self, in: manifest) == manifest.paths)
    }

    @Test("without metadata or name cannot be read")
    func missing() throws {
        #expect(try decodingProblem(Namespace.self, "{}") == Problem(path: "metadata", message: "is missing"))
        #expect(
            try decodingProblem(Namespace.self, "{metadata: {}}")
                == Problem(path: "metadata.name", message: "is missing"))
    }

    @Test(
        "switches permissive mode by an annotation in the spellings of the original",
        arguments: [
            ("enabled", true), ("Enabled", true), ("yes", true), ("TRUE", true), ("disabled", false), ("no", false),
            ("False", false), ("", nil), ("on", nil), ("1", nil), (" enabled", nil),
        ] as [(String, Bool?)])
    func permissiveMode(text: String, expected: Bool?) {
        let namespace = Namespace(metadata: ObjectMetadata(name: "n", annotations: [Self.annotation: text]))
        #expect(namespace.permissiveMode == expected)
        #expect(namespace.validate().isEmpty == (expected != nil))
    }

    @Test("is of a mesh by its label, unless it is to be ignored")
    func membership() {
        func namespace(_ labels: [String: String]) -> Namespace {
            Namespace(metadata: ObjectMetadata(name: "n", labels: labels))
        }
        let member = ["openservicemesh.io/monitored-by": "osm"]
        #expect(namespace(member).isInMesh(named: "osm"))
        #expect(!namespace(member).isInMesh(named: "other"))
        #expect(!namespace([:]).isInMesh(named: "osm"))
        #expect(!namespace(member.merging(["openservicemesh.io/ignore": ""]) { $1 }).isInMesh(named: "osm"))
        #expect(namespace([:]).permissiveMode == nil)
    }
}

@Suite("ServiceAccount")
struct ServiceAccountTests {
    @Test(
        "has the problems that are in it",
        arguments: [
            Manifest("good", whole: "{metadata: {name: a.b, namespace: n, uid: u}}"),
            Manifest("a bad name", whole: "{metadata: {name: A, namespace: n}}", "metadata.name"),
            Manifest("no namespace", whole: "{metadata: {name: a}}", "metadata.namespace"),
        ])
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(ServiceAccount.self, in: manifest) == manifest.paths)
    }

    @Test("is read with everything that metadata carries, of annotations only the mesh's own")
    func metadata() throws {
        let account = try read(
            ServiceAccount.self,
            """
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: a
              namespace: n
              uid: 0-1
              generation: 3
              creationTimestamp: "1970-01-01T00:00:07Z"
              labels: {l: "1"}
              annotations: {m: "2", openservicemesh.io/sidecar-injection: "yes"}
              resourceVersion: "9"
            secrets: [{name: s}]
            """)
        #expect(
            account.metadata
                == ObjectMetadata(
                    name: "a", namespace: "n", uid: "0-1", generation: 3, creation: Timestamp(seconds: 7),
                    labels: ["l": "1"], annotations: [MeshLabels.sidecarInjection: "yes"]))
        #expect(account.key == ObjectKey(kind: .serviceAccount, name: ObjectName(namespace: "n", name: "a")))
    }
}
