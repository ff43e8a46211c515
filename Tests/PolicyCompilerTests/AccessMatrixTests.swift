import MeshModel
import Oracle
import PolicyCompiler
import Testing

/// The matrix of what a TrafficTarget allows, row by row: the words of the contract, asked of compiler and oracle.
@Suite("What a TrafficTarget allows")
struct AccessMatrixTests {
    /// Rules of a target, and on which ports of the pods `GET /a` is allowed.
    ///
    /// Ports 8080 and 8082 are HTTP, 8081 and 8083 are TCP.
    struct Row: Sendable, CustomStringConvertible {
        let description: String
        let rules: [TrafficTarget.Rule]
        let ports: Set<UInt16>

        init(_ description: String, _ rules: [TrafficTarget.Rule], _ ports: Set<UInt16>) {
            self.description = description
            self.rules = rules
            self.ports = ports
        }
    }

    private static let everyMatch = TrafficTarget.Rule(kind: .httpRouteGroup, name: "g")
    private static let onlyGet = TrafficTarget.Rule(kind: .httpRouteGroup, name: "g", matches: ["get-a"])
    private static let onlyPost = TrafficTarget.Rule(kind: .httpRouteGroup, name: "g", matches: ["post"])
    private static let unknownMatch = TrafficTarget.Rule(kind: .httpRouteGroup, name: "g", matches: ["unknown"])
    private static let otherGroup = TrafficTarget.Rule(kind: .httpRouteGroup, name: "other")
    private static let missingGroup = TrafficTarget.Rule(kind: .httpRouteGroup, name: "missing")
    private static let malformedGroup = TrafficTarget.Rule(kind: .httpRouteGroup, name: "malformed")
    private static let everyPort = TrafficTarget.Rule(kind: .tcpRoute, name: "every")
    private static let two = TrafficTarget.Rule(kind: .tcpRoute, name: "two")
    private static let three = TrafficTarget.Rule(kind: .tcpRoute, name: "three")
    private static let missingRoute = TrafficTarget.Rule(kind: .tcpRoute, name: "missing")
    private static let udp = TrafficTarget.Rule(kind: .udpRoute, name: "u")

    private static let rows = [
        Row("HTTPRouteGroup only, no names: every match, no TCP", [everyMatch], [8080, 8082]),
        Row("HTTPRouteGroup only, a name that matches", [onlyGet], [8080, 8082]),
        Row("HTTPRouteGroup only, a name that does not match", [onlyPost], []),
        Row("a name that is unknown allows nothing", [unknownMatch], []),
        Row("several HTTPRouteGroups are a union", [onlyPost, otherGroup], [8080, 8082]),
        Row("one of several groups is missing", [missingGroup, everyMatch], [8080, 8082]),
        Row("the only group is missing", [missingGroup], []), Row("the only group is malformed", [malformedGroup], []),
        Row("TCPRoute only, no ports: every TCP port, no HTTP", [everyPort], [8081, 8083]),
        Row("TCPRoute only, listed ports", [two], [8081]), Row("TCPRoute with an HTTP port", [three], [8083]),
        Row("several TCPRoutes are a union", [two, three], [8081, 8083]),
        Row("one of several TCPRoutes is missing", [two, missingRoute], [8081]),
        Row("both kinds: the matches on the listed ports only", [everyMatch, three], [8082, 8083]),
        Row("both kinds: no ports listed", [everyMatch, everyPort], [8080, 8081, 8082, 8083]),
        Row("both kinds: an HTTP port that is not listed", [everyMatch, two], [8081]),
        Row("both kinds: a TCPRoute is missing", [everyMatch, missingRoute], []),
        Row("both kinds: one of the TCPRoutes is missing", [everyMatch, three, missingRoute], [8083]),
        Row("both kinds: the group is missing", [missingGroup, three], [8083]),
        Row("UDPRoute only", [udp], []), Row("UDPRoute beside a group", [udp, everyMatch], [8080, 8082]),
        Row("UDPRoute beside a TCPRoute", [udp, two], [8081]), Row("no rules", [], []),
    ]

    private static let client = ServiceIdentity(namespace: "n", serviceAccount: "client")
    private static let request = Request(method: "GET", path: "/a?q", host: "s", headers: [])

    private func metadata(_ name: String) -> ObjectMetadata { ObjectMetadata(name: name, namespace: "n") }

    private func mesh(_ rules: [TrafficTarget.Rule]) -> MeshObjects {
        func named<Object: MeshObject>(_ objects: Object...) -> [ObjectName: Object] {
            Dictionary(uniqueKeysWithValues: objects.map { ($0.name, $0) })
        }
        var server = metadata("server")
        server.labels = ["app": "server"]
        let ports: [Service.Port] = [
            .init(name: "http", port: 80, targetPort: .number(8080)),
            .init(name: "tcp", port: 81, targetPort: .number(8081)),
            .init(name: "grpc", port: 82, targetPort: .number(8082)),
            .init(name: "mysql", port: 83, targetPort: .number(8083)),
        ]
        return MeshObjects(
            namespaces: named(Namespace(metadata: .init(name: "n", labels: [MeshLabels.monitoredBy: "osm"]))),
            pods: named(
                Pod(metadata: server, serviceAccount: "server", addresses: [IPAddress("10.0.0.1")].compactMap(\.self)),
                Pod(metadata: metadata("client"), serviceAccount: "client")),
            services: named(
                Service(
                    metadata: metadata("s"), clusterIPs: [IPAddress("10.1.0.1")].compactMap(\.self),
                    selector: ["app": "server"], ports: ports)),
            targets: named(
                TrafficTarget(
                    metadata: metadata("t"), destination: .init(name: "server"), sources: [.init(name: "client")],
                    rules: rules)),
            groups: named(
                HTTPRouteGroup(
                    metadata: metadata("g"),
                    matches: [
                        .init(name: "get-a", pathRegex: "/a", methods: ["GET"]), .init(name: "post", methods: ["POST"]),
                    ]),
                HTTPRouteGroup(metadata: metadata("other"), matches: [.init(name: "any")]),
                HTTPRouteGroup(metadata: metadata("malformed"), matches: [.init(name: "any"), .init(name: "any")])),
            tcpRoutes: named(
                TCPRoute(metadata: metadata("every"), ports: []), TCPRoute(metadata: metadata("two"), ports: [8081]),
                TCPRoute(metadata: metadata("three"), ports: [8082, 8083])))
    }

    @Test("is what the matrix says, row by row", arguments: rows)
    func matrix(row: Row) throws {
        let objects = mesh(row.rules)
        let oracle = Oracle(objects)
        let compiled = CompiledMesh()
        compiled.become(objects)
        let server = try #require(objects.pods[ObjectName(namespace: "n", name: "server")])
        let proxy = try #require(compiled.proxy(of: server.name))
        let clientProxy = try #require(compiled.proxy(of: ObjectName(namespace: "n", name: "client")))
        for (servicePort, port) in [(80, 8080), (81, 8081), (82, 8082), (83, 8083)] as [(UInt16, UInt16)] {
            let verdict = proxy.verdict(client: Self.client, port: port, Self.request)
            #expect(verdict.isAllowed == row.ports.contains(port), "compiled, port \(port)")
            #expect(oracle.verdict(client: Self.client, server: server, port: port, Self.request) == verdict)
            #expect(proxy.verdict(client: server.identity, port: port, Self.request) == .refused)
            #expect(proxy.verdict(client: nil, port: port, Self.request) == .refused)
            // A client that may call something has the route, though perhaps not for this request.
            let reached = ServicePort(service: ObjectName(namespace: "n", name: "s"), port: servicePort)
            if verdict.isAllowed { #expect(clientProxy.routes[reached] != nil) }
            #expect(oracle.reaches(Self.client, reached) == (clientProxy.routes[reached] != nil))
        }
    }
}

extension Oracle.Verdict {
    fileprivate var isAllowed: Bool {
        switch self {
        case .allowed, .anyPeer: true
        case .refused, .notServed: false
        }
    }
}
