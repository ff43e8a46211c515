import MeshModel
import Testing

@Suite("TrafficSplit")
struct TrafficSplitTests {
    private static let backends = "backends: [{service: a, weight: 1}]"

    private static let manifests = [
        Manifest("the least there must be", "service: s, \(backends)"),
        Manifest("no service", backends, "spec.service"),
        Manifest("an empty service", "service: '', \(backends)", "spec.service"),
        Manifest("a service of another namespace", "service: s.m, \(backends)", "spec.service"),
        Manifest("a service that is no name", "service: S, \(backends)", "spec.service"),
        Manifest("no backends", "service: s", "spec.backends"),
        Manifest("empty backends", "service: s, backends: []", "spec.backends"),
        Manifest("a backend without a name", "service: s, backends: [{weight: 1}]", "spec.backends[0].service"),
        Manifest(
            "a backend in a namespace", "service: s, backends: [{service: a.n, weight: 1}]", "spec.backends[0].service"),
        Manifest(
            "a backend twice", "service: s, backends: [{service: a, weight: 1}, {service: a, weight: 2}]",
            "spec.backends[1].service"),
        Manifest("the apex as a backend", "service: s, backends: [{service: s, weight: 1}]"),
        Manifest(
            "a negative weight", "service: s, backends: [{service: a, weight: 1}, {service: b, weight: -1}]",
            "spec.backends[1].weight"),
        Manifest("a weight of 0", "service: s, backends: [{service: a, weight: 1}, {service: b, weight: 0}]"),
        Manifest(
            "only weights of 0", "service: s, backends: [{service: a, weight: 0}, {service: b, weight: 0}]",
            "spec.backends"),
        Manifest("the greatest weight", "service: s, backends: [{service: a, weight: 4294967295}]"),
        Manifest("a greater weight", "service: s, backends: [{service: a, weight: 4294967296}]", "spec.backends"),
        Manifest(
            "a greater sum", "service: s, backends: [{service: a, weight: 4294967295}, {service: b, weight: 1}]",
            "spec.backends"),
        Manifest(
            "the greatest numbers there are",
            "service: s, backends: [{service: a, weight: \(Int.max)}, {service: b, weight: \(Int.max)}]",
            "spec.backends"),
        Manifest("a reference to a group", "service: s, \(backends), matches: [{kind: HTTPRouteGroup, name: g}]"),
        Manifest(
            "a reference of another kind", "service: s, \(backends), matches: [{kind: TCPRoute, name: g}]",
            "spec.matches[0].kind"),
        Manifest(
            "a reference without kind and name", "service: s, \(backends), matches: [{}]", "spec.matches[0].kind",
            "spec.matches[0].name"),
        Manifest(
            "a bad name", whole: "{metadata: {name: X, namespace: n}, spec: {service: s, \(backends)}}", "metadata.name"
        ),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(TrafficSplit.self, in: manifest) == manifest.paths)
    }

    @Test(
        "names its apex in any of five spellings",
        arguments: [
            ("s", "n/s"), ("s.n", "n/s"), ("s.n.svc", "n/s"), ("s.n.svc.cluster", "n/s"),
            ("s.n.svc.cluster.local", "n/s"), ("s.m", nil), ("s.m.svc.cluster.local", nil), ("s.n.pod", nil),
            ("s.n.svc.cluster.local.", nil), ("s.n.svc.cluster.local.x", nil), ("s.n.svc.other", nil), ("s.", nil),
            (".n", nil), ("", nil), ("s..svc", nil), ("s.svc", nil),
        ] as [(String, String?)])
    func apex(text: String, expected: String?) throws {
        let split = TrafficSplit(
            metadata: ObjectMetadata(name: "x", namespace: "n"), service: text,
            backends: [.init(service: "a", weight: 1)])
        #expect(split.apex?.description == expected)
        #expect(split.validate().map(\.path) == (expected == nil ? ["spec.service"] : []))
        let written = try read(
            TrafficSplit.self,
            "{metadata: {name: x, namespace: n}, spec: {service: '\(text)', backends: [{service: a, weight: 1}]}}")
        #expect(written == split)
    }

    @Test(
        "is read in every version, with matches where there are some", arguments: ["v1alpha2", "v1alpha3", "v1alpha4"])
    func versions(version: String) throws {
        let matches = version == "v1alpha2" ? "" : "matches: [{apiGroup: g, kind: HTTPRouteGroup, name: g}]"
        let split = try read(
            TrafficSplit.self,
            """
            apiVersion: split.smi-spec.io/\(version)
            kind: TrafficSplit
            metadata: {name: x, namespace: n}
            spec:
              service: s.n
              \(matches)
              backends: [{service: a, weight: 90}, {service: b, weight: 10}]
            """)
        #expect(
            split
                == TrafficSplit(
                    metadata: ObjectMetadata(name: "x", namespace: "n"), service: "s.n",
                    backends: [.init(service: "a", weight: 90), .init(service: "b", weight: 10)],
                    matches: version == "v1alpha2" ? [] : [.init(name: "g")]))
        #expect(split.validate() == [])
    }

    @Test(
        "with a weight that is no whole number cannot be read",
        arguments: [
            ("weight: 0.5", "not a whole number"), ("weight: 500m", "v1alpha1"), ("weight: '90'", "without quotes"),
            ("", "is missing"), ("weight: null", "whole number"), ("weight: 99999999999999999999", "whole number"),
        ])
    func badWeight(field: String, message: String) throws {
        let backend = field.isEmpty ? "service: a" : "service: a, \(field)"
        let problem = try decodingProblem(
            TrafficSplit.self,
            "{metadata: {name: x, namespace: n}, spec: {service: s, backends: [{service: b, weight: 1}, {\(backend)}]}}"
        )
        #expect(problem?.path == "spec.backends[1].weight")
        #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
    }
}
