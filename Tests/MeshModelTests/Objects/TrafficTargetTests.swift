import MeshModel
import Testing

@Suite("TrafficTarget")
struct TrafficTargetTests {
    private static let destination = "destination: {kind: ServiceAccount, name: d}"
    private static let sources = "sources: [{kind: ServiceAccount, name: a}]"
    private static let rules = "rules: [{kind: HTTPRouteGroup, name: g}]"

    private static let manifests = [
        Manifest("the least there must be", "\(destination), \(sources), \(rules)"),
        Manifest("no destination", "\(sources), \(rules)", "spec.destination"),
        Manifest("no sources", "\(destination), \(rules)", "spec.sources"),
        Manifest("empty sources", "\(destination), sources: [], \(rules)", "spec.sources"),
        Manifest("no rules", "\(destination), \(sources)", "spec.rules"),
        Manifest("nothing", "", "spec.destination", "spec.sources", "spec.rules"),
        Manifest(
            "its own namespace", "destination: {kind: ServiceAccount, name: d, namespace: n}, \(sources), \(rules)"),
        Manifest(
            "another destination namespace",
            "destination: {kind: ServiceAccount, name: d, namespace: m}, \(sources), \(rules)",
            "spec.destination.namespace"),
        Manifest(
            "a destination of another kind", "destination: {kind: Service, name: d}, \(sources), \(rules)",
            "spec.destination.kind"),
        Manifest(
            "a destination without a name", "destination: {kind: ServiceAccount}, \(sources), \(rules)",
            "spec.destination.name"),
        Manifest(
            "a source in another namespace",
            "\(destination), sources: [{kind: ServiceAccount, name: a, namespace: m}], \(rules)"),
        Manifest(
            "a source without a kind", "\(destination), sources: [{name: a}], \(rules)", "spec.sources[0].kind"),
        Manifest(
            "sources with bad names",
            "\(destination), sources: [{kind: ServiceAccount, name: a}, {kind: ServiceAccount, name: A, namespace: M}], \(rules)",
            "spec.sources[1].name", "spec.sources[1].namespace"),
        Manifest(
            "rules of every kind",
            "\(destination), \(sources), rules: [{kind: TCPRoute, name: t}, {kind: UDPRoute, name: u}, {kind: HTTPRouteGroup, name: g, matches: [m]}]"
        ),
        Manifest(
            "a rule of no kind", "\(destination), \(sources), rules: [{kind: GRPCRoute, name: g}]", "spec.rules[0].kind"
        ),
        Manifest(
            "a rule without a name", "\(destination), \(sources), rules: [{kind: TCPRoute}]", "spec.rules[0].name"),
        Manifest(
            "an empty name of a match",
            "\(destination), \(sources), rules: [{kind: HTTPRouteGroup, name: g, matches: [m, '']}]",
            "spec.rules[0].matches[1]"),
        Manifest(
            "a bad name", whole: "{metadata: {name: x_, namespace: n}, spec: {\(destination), \(sources), \(rules)}}",
            "metadata.name"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(TrafficTarget.self, in: manifest) == manifest.paths)
    }

    @Test("is read with subjects and rules, omitted namespaces being its own")
    func reading() throws {
        let target = try read(
            TrafficTarget.self,
            """
            metadata: {name: t, namespace: n}
            spec:
              destination: {kind: ServiceAccount, name: d, namespace: ""}
              sources:
                - {kind: ServiceAccount, name: b, namespace: m}
                - {kind: ServiceAccount, name: a}
                - {kind: ServiceAccount, name: a, namespace: n}
              rules:
                - {kind: HTTPRouteGroup, name: g, matches: [x, y]}
                - {kind: TCPRoute, name: r}
            """)
        #expect(
            target
                == TrafficTarget(
                    metadata: ObjectMetadata(name: "t", namespace: "n"), destination: .init(name: "d"),
                    sources: [.init(name: "b", namespace: "m"), .init(name: "a"), .init(name: "a", namespace: "n")],
                    rules: [
                        .init(kind: .httpRouteGroup, name: "g", matches: ["x", "y"]), .init(kind: .tcpRoute, name: "r"),
                    ]))
        #expect(target.destinationIdentity == ServiceIdentity(namespace: "n", serviceAccount: "d"))
        #expect(target.sourceIdentities.map(\.description) == ["m/b", "n/a"])
        #expect(target.rules.map(\.routeKind) == [.httpRouteGroup, .tcpRoute])
    }

    @Test("with a field of the wrong type says which")
    func wrongType() throws {
        let problem = try decodingProblem(
            TrafficTarget.self, "{metadata: {name: t, namespace: n}, spec: {sources: [{name: a}, 3]}}")
        #expect(problem?.path == "spec.sources[1]")
    }
}

@Suite("TCPRoute")
struct TCPRouteTests {
    private static let manifests = [
        Manifest("ports", "matches: {name: x, ports: [1, 65535]}"), Manifest("no ports", "matches: {ports: []}"),
        Manifest("no matches", ""), Manifest("port 0", "matches: {ports: [80, 0]}", "spec.matches.ports[1]"),
        Manifest("port 65536", "matches: {ports: [65536, -1]}", "spec.matches.ports[0]", "spec.matches.ports[1]"),
        Manifest("a bad name", whole: "{metadata: {name: '', namespace: n}}", "metadata.name"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(TCPRoute.self, in: manifest) == manifest.paths)
    }

    @Test("is read with its ports in order; none stand for every port")
    func reading() throws {
        func ports(_ spec: String) throws -> [Int] {
            try read(TCPRoute.self, "{metadata: {name: t, namespace: n}, spec: \(spec)}").ports
        }
        #expect(try ports("{matches: {ports: [90, 80]}}") == [90, 80])
        #expect(try ports("{matches: {}}") == [])
        #expect(try ports("{}") == [])
        #expect(try ports("null") == [])
        #expect(
            try decodingProblem(TCPRoute.self, "{metadata: {name: t, namespace: n}, spec: {matches: {ports: [a]}}}")?
                .path
                == "spec.matches.ports[0]")
    }
}
