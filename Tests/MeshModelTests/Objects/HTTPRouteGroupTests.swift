import MeshModel
import Testing

@Suite("HTTPRouteGroup")
struct HTTPRouteGroupTests {
    private static let manifests = [
        Manifest("a match of everything", "matches: [{name: m}]"),
        Manifest("no matches", "matches: []", "spec.matches"),
        Manifest("no field matches", "", "spec.matches"),
        Manifest("a match without a name", "matches: [{pathRegex: /}]", "spec.matches[0].name"),
        Manifest("a name twice", "matches: [{name: m}, {name: k}, {name: m}]", "spec.matches[2].name"),
        Manifest("an expression", "matches: [{name: m, pathRegex: '/a/[0-9]+'}]"),
        Manifest("an empty expression", "matches: [{name: m, pathRegex: ''}]"),
        Manifest("an expression that is none", "matches: [{name: m, pathRegex: '/('}]", "spec.matches[0].pathRegex"),
        Manifest("look-ahead", "matches: [{name: m, pathRegex: '/(?!a)'}]", "spec.matches[0].pathRegex"),
        Manifest(
            "every method",
            "matches: [{name: m, methods: [\(HTTPRouteGroup.methods.map { "'\($0)'" }.joined(separator: ","))]}]"),
        Manifest("a method in lower case", "matches: [{name: m, methods: [GET, get]}]", "spec.matches[0].methods[1]"),
        Manifest("an empty method", "matches: [{name: m, methods: ['']}]", "spec.matches[0].methods[0]"),
        Manifest("headers", "matches: [{name: m, headers: [{host: x}, {':authority': y}, {X-Y_z: ''}]}]"),
        Manifest(
            "a header with a space", "matches: [{name: m, headers: [{'a b': x}]}]", "spec.matches[0].headers[a b]"),
        Manifest("a pseudo header", "matches: [{name: m, headers: [{':path': x}]}]", "spec.matches[0].headers[:path]"),
        Manifest("a header without a name", "matches: [{name: m, headers: [{'': x}]}]", "spec.matches[0].headers[]"),
        Manifest(
            "a header's expression that is none", "matches: [{name: m, headers: [{a: x}, {b: '['}]}]",
            "spec.matches[0].headers[b]"),
        Manifest(
            "a bad name", whole: "{metadata: {name: X, namespace: n}, spec: {matches: [{name: m}]}}", "metadata.name"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(HTTPRouteGroup.self, in: manifest) == manifest.paths)
    }

    @Test("is read with paths, methods and headers, of which later keys win")
    func reading() throws {
        let group = try read(
            HTTPRouteGroup.self,
            """
            metadata: {name: g, namespace: n}
            spec:
              matches:
                - name: m
                  pathRegex: /a
                  methods: [POST, GET]
                  headers: [{a: "1"}, {b: "2"}, {a: "3"}]
                - name: k
            """)
        #expect(
            group
                == HTTPRouteGroup(
                    metadata: ObjectMetadata(name: "g", namespace: "n"),
                    matches: [
                        .init(name: "m", pathRegex: "/a", methods: ["POST", "GET"], headers: ["a": "3", "b": "2"]),
                        .init(name: "k"),
                    ]))
    }

    @Test("with headers as a map says how they are written")
    func headerMap() throws {
        let problem = try decodingProblem(
            HTTPRouteGroup.self, "{metadata: {name: g, namespace: n}, spec: {matches: [{name: m, headers: {a: b}}]}}")
        #expect(problem?.path == "spec.matches[0].headers")
        #expect(problem?.message.hasPrefix("is a map") == true)
        let scalar = try decodingProblem(
            HTTPRouteGroup.self, "{metadata: {name: g, namespace: n}, spec: {matches: [{name: m, headers: 3}]}}")
        #expect(scalar?.path == "spec.matches[0].headers")
    }
}
