import MeshModel
import Testing

@testable import ManifestSource

@Suite struct ManifestFileTests {
    @Test(
        "Objects are read from documents, lists and JSON",
        arguments: [
            ("", []),
            ("# nothing\n---\n", []),
            (Fixture.split(), ["TrafficSplit shop/split"]),
            (
                "---\n" + Fixture.split() + "---\n\n---\n" + Fixture.account("a"),
                ["TrafficSplit shop/split", "ServiceAccount shop/a"]
            ),
            (
                Fixture.account("a") + "\n...\n---\n" + Fixture.account("b"),
                ["ServiceAccount shop/a", "ServiceAccount shop/b"]
            ),
            (
                #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","labels":{"a":"1"}}}"#,
                ["Namespace shop"]
            ),
            (
                """
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: Namespace, metadata: {name: a}}
                - {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Namespace, metadata: {name: b}}]}
                """, ["Namespace a", "Namespace b"]
            ),
            (
                """
                apiVersion: v1
                kind: ServiceAccountList
                items:
                - metadata: {name: a, namespace: shop}
                - {apiVersion: v1, kind: ServiceAccount, metadata: {name: b, namespace: shop}}
                """, ["ServiceAccount shop/a", "ServiceAccount shop/b"]
            ),
            ("apiVersion: v1\nkind: List\nitems: []\n", []),
            (
                """
                apiVersion: v1
                kind: ServiceAccount
                metadata: &meta {name: a, namespace: shop}
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: {<<: {name: b, namespace: other}, namespace: shop}
                """, ["ServiceAccount shop/a", "ServiceAccount shop/b"]
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n    text: |\n      ---\n      b\n",
                ["Namespace a"]
            ),
            ("\u{FEFF}apiVersion: v1\r\nkind: Namespace\r\nmetadata:\r\n  name: a\r\n", ["Namespace a"]),
        ])
    func objects(_ text: String, _ keys: [String]) {
        let file = ManifestFile(name: "a.yaml", text: text)
        #expect(file.keys == keys)
        #expect(file.lines == [])
    }

    @Test(
        "What a document lacks is told with its line",
        arguments: [
            ("kind: Service\n", "a.yaml:1: Service: apiVersion: is missing: write a text such as v1"),
            ("apiVersion: v1\n", "a.yaml:1: kind: is missing: write a text such as Service"),
            (
                "apiVersion: 1\nkind: Service\n",
                "a.yaml:1: Service: apiVersion: `1` is a number: write a text such as v1"
            ),
            ("\n- a\n", "a.yaml:2: is a list: write an object with apiVersion, kind and metadata"),
            ("apiVersion: v1\nkind: Service\n", "a.yaml:1: Service: metadata: is missing: write at least a name"),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  labels: {}\n",
                "a.yaml:3: Namespace: metadata.name: is missing"
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \"\"\n",
                "a.yaml:4: Namespace: metadata.name: is empty: write the object's name"
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: 7\n",
                "a.yaml:4: Namespace: metadata.name: `7` is a number: write a text, in quotes"
            ),
            (
                "# old\napiVersion: split.smi-spec.io/v1alpha1\nkind: TrafficSplit\nmetadata: {name: s, namespace: shop}\n",
                "a.yaml:2: TrafficSplit shop/s: apiVersion: `split.smi-spec.io/v1alpha1` is not a version that is read: "
                    + "write split.smi-spec.io/v1alpha4 or split.smi-spec.io/v1alpha3 or split.smi-spec.io/v1alpha2"
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n    b: c\n    d.e/f: yes\n",
                "a.yaml:7: Namespace a: metadata.annotations[d.e/f]: `yes` is a boolean: write a text, in quotes"
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels: [a]\n",
                "a.yaml:5: Namespace a: metadata.labels: is a list: write a map of fields"
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata: &m\n  name: a\n  name: b\n",
                "a.yaml:4: has the key `name` twice: remove one of the two"
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n bad\n",
                "a.yaml:5: is not YAML: did not find expected key (while parsing a block mapping that begins 4 lines above)"
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, [b]: c}\n",
                "a.yaml:3: has a list or map for a key: write a text"
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: !secret a}\n",
                "a.yaml:3: has a value with the tag `!secret`, which has no meaning here"
            ),
        ])
    func problem(_ text: String, _ line: String) {
        let file = ManifestFile(name: "a.yaml", text: text)
        #expect(file.lines == [line])
        #expect(!file.isWhole)
        #expect(file.keys == [])
    }

    @Test(
        "Scalars have the types that the API server wants",
        arguments: [
            ("90", nil),
            ("90.0", nil),
            ("0x5a", nil),
            ("!!int \"90\"", nil),
            (
                "\"90\"",
                "`90` is a text: write a whole number without quotes (quantities such as 500m were v1alpha1)"
            ),
            ("'90'", "`90` is a text: write a whole number without quotes (quantities such as 500m were v1alpha1)"),
            ("!!str 90", "`90` is a text: write a whole number without quotes (quantities such as 500m were v1alpha1)"),
            ("500m", "`500m` is a text: write a whole number without quotes (quantities such as 500m were v1alpha1)"),
            ("9.5", "`9.5` is not a whole number: weights are relative, so 90 and 10 will do"),
            ("true", "`true` is a boolean: write a whole number without quotes"),
            ("null", "is missing"),
            ("[90]", "is a list: write a whole number without quotes"),
        ])
    func weights(_ weight: String, _ message: String?) {
        let file = ManifestFile(name: "s.yaml", text: "# a\n---\n" + Fixture.split(weights: ("10", weight)))
        #expect(
            file.lines == (message.map { ["s.yaml:12: TrafficSplit shop/split: spec.backends[1].weight: \($0)"] } ?? [])
        )
        guard message == nil, case .trafficSplit(let split)? = file.entries.first?.object else {
            #expect(file.entries.isEmpty)
            return
        }
        #expect(split.backends.map(\.weight) == [10, 90])
    }

    @Test("A document that cannot be read leaves the others of its file")
    func brokenDocument() {
        let file = ManifestFile(
            name: "a.yaml",
            text: Fixture.account("a") + "\n---\n{ broken\n---\n" + Fixture.account("b") + "\n---\nkind: [\n")
        #expect(file.keys == ["ServiceAccount shop/a", "ServiceAccount shop/b"])
        #expect(file.problems.map(\.line) == [9, 18])
        #expect(file.problems.allSatisfy { $0.isFatalForObject && $0.message.hasPrefix("is not YAML: ") })
    }

    @Test("A kind or field without meaning is a remark, and harmless")
    func remarks() {
        let file = ManifestFile(
            name: "a.yaml",
            text: """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: a}
                ---
                apiVersion: v1
                kind: Namespace
                metadata:
                  name: mesh
                  namespace: shop
                ---
                apiVersion: serving.knative.dev/v1
                kind: Service
                metadata: {name: web}
                """)
        #expect(file.keys == ["ServiceAccount default/a", "Namespace mesh"])
        #expect(
            file.lines == [
                "a.yaml:1: Deployment: objects of this kind of `apps/v1` are not read by the mesh: they are left out",
                "a.yaml:7: ServiceAccount default/a: metadata.namespace: is missing: taken as `default`",
                "a.yaml:13: Namespace mesh: metadata.namespace: has no meaning here: a Namespace lives in no namespace",
                "a.yaml:15: Service: objects of this kind of `serving.knative.dev/v1` are not read by the mesh: "
                    + "they are left out",
            ])
        #expect(file.isWhole)
    }

    @Test("The namespace that is filled in holds for what the object refers to")
    func filledNamespace() {
        let file = ManifestFile(
            name: "a.yaml",
            text: """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: s}
                addressType: IPv4
                endpoints: [{addresses: [10.0.0.1], targetRef: {kind: Pod, name: p}}]
                """)
        guard case .endpointSlice(let slice)? = file.entries.first?.object else {
            Issue.record("no slice: \(file.lines)")
            return
        }
        #expect(slice.endpoints.map(\.pod?.name) == [ObjectName(namespace: "default", name: "p")])
    }

    @Test("Files that are too large, nested too deep or unfold without end are refused")
    func bounds() {
        let large = ManifestFile(name: "a.yaml", bytes: Array(repeating: UInt8(ascii: "#"), count: (4 << 20) + 1))
        #expect(large.lines == ["a.yaml: is larger than 4 MiB: divide it into several files"])
        #expect(!large.isWhole)

        let deep = ManifestFile(
            name: "a.yaml", text: String(repeating: "[", count: 500) + String(repeating: "]", count: 500))
        #expect(deep.lines == ["a.yaml:1: is nested more than 100 levels deep"])
        #expect(ManifestFile(name: "a.yaml", text: String(repeating: "[", count: 2_000_000)).problems.count == 1)

        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let unfolded = ManifestFile(name: "a.yaml", text: bomb + "---\n" + Fixture.account("a"))
        #expect(
            unfolded.problems.map(\.message) == [
                "holds more than 1000000 values with its aliases expanded: use fewer aliases"
            ])
        #expect(unfolded.keys == ["ServiceAccount shop/a"])

        let latin = ManifestFile(name: "a.yaml", bytes: Array("a: ".utf8) + [0xE9] + Array("\n---\n{}\n".utf8))
        #expect(latin.lines.first == "a.yaml:1: is not UTF-8: save the file in that encoding")
    }

    @Test(
        "The line of a field is found through lists, maps and keys with dots",
        arguments: [
            ("", 2), ("metadata", 4), ("metadata.annotations[a.b/c]", 8), ("spec.matches[1].headers[x-b]", 16),
            ("spec.matches[1].nothing", 13), ("spec.matches[7].name", 10), ("elsewhere", 2),
            ("spec.matches[0].name", 11),
            ("spec.matches[1].methods[1]", 20),
        ])
    func fieldLines(_ path: String, _ line: Int) {
        let file = ManifestFile(
            name: "a.yaml",
            text: """
                ---
                apiVersion: specs.smi-spec.io/v1alpha4
                kind: HTTPRouteGroup
                metadata:
                  name: r
                  namespace: shop
                  annotations:
                    a.b/c: d
                spec:
                  matches:
                  - name: a
                    methods: [GET]
                  - name: b
                    headers:
                    - x-a: a
                    - x-b: b
                    pathRegex: /
                    methods:
                    - GET
                    - POST
                """)
        #expect(file.lines == [])
        #expect(file.entries.map { $0.line(at: path) } == [line])
    }
}
