import MeshModel
import Testing

@Suite("Egress")
struct EgressTests {
    private static let sources = "sources: [{kind: ServiceAccount, name: a, namespace: m}]"
    private static let http = "ports: [{number: 80, protocol: http}]"
    private static let tcp = "ports: [{number: 5432, protocol: tcp}]"

    private static func hosts(_ hosts: String, _ problems: [String]) -> Manifest {
        Manifest("hosts \(hosts)", whole: manifest("\(sources), hosts: [\(hosts)], \(http)"), problems)
    }

    private static func ranges(_ ranges: String, _ problems: [String]) -> Manifest {
        Manifest("ranges \(ranges)", whole: manifest("\(sources), ipAddresses: [\(ranges)], \(tcp)"), problems)
    }

    private static func ports(_ ports: String, _ problems: [String]) -> Manifest {
        Manifest("ports \(ports)", whole: manifest("\(sources), hosts: [h], ports: [\(ports)]"), problems)
    }

    private static func matches(_ matches: String, _ problems: [String]) -> Manifest {
        Manifest(
            "matches \(matches)", whole: manifest("\(sources), hosts: [h], \(http), matches: [\(matches)]"), problems)
    }

    private static func manifest(_ spec: String) -> String { "{metadata: {name: x, namespace: n}, spec: {\(spec)}}" }

    private static func list(_ count: Int, _ entry: (Int) -> String) -> String {
        (0..<count).map(entry).joined(separator: ", ")
    }

    private static let whole = [
        Manifest("the least there must be", "\(sources), hosts: [example.com], \(http)"),
        Manifest("nothing", "", "spec.sources", "spec.ports"),
        Manifest("no sources", "hosts: [example.com], \(http)", "spec.sources"),
        Manifest("no ports", "\(sources), hosts: [example.com]", "spec.ports"),
        Manifest("http without hosts", "\(sources), \(http)", "spec.hosts"),
        Manifest("tcp without hosts", "\(sources), \(tcp)"),
        Manifest("https without hosts", "\(sources), ports: [{number: 443, protocol: https}]"),
        Manifest(
            "a source of another kind", "sources: [{kind: Service, name: a, namespace: m}], \(tcp)",
            "spec.sources[0].kind"),
        Manifest(
            "an empty source", "sources: [{}], \(tcp)", "spec.sources[0].kind", "spec.sources[0].name",
            "spec.sources[0].namespace"),
        Manifest(
            "bad names of sources",
            "sources: [{kind: ServiceAccount, name: A, namespace: m.x}], \(tcp)", "spec.sources[0].name",
            "spec.sources[0].namespace"),
        Manifest(
            "a bad name", whole: "{metadata: {name: x_, namespace: n}, spec: {\(sources), \(tcp)}}",
            "metadata.name"),
        Manifest(
            "too many sources",
            "sources: [\(list(1001) { "{kind: ServiceAccount, name: a\($0), namespace: m}" })], \(tcp)",
            "spec.sources"),
        Manifest("too many hosts", "\(sources), hosts: [\(list(1001) { "h\($0)" })], \(http)", "spec.hosts"),
        Manifest(
            "10,000 ranges", "\(sources), ipAddresses: [\(list(10_000) { "10.0.\($0 % 256).0/24" })], \(tcp)",
            "spec.ipAddresses"),
        Manifest(
            "too many ports", "\(sources), ports: [\(list(1001) { "{number: \($0 + 1), protocol: tcp}" })]",
            "spec.ports"),
        Manifest(
            "10,001 clusters", combinations(ports: 73, "http", hosts: 137), "spec.ports"),
        Manifest("9,999 clusters", combinations(ports: 99, "http", hosts: 101)),
        Manifest(
            "1,000,000 filter chains", combinations(ports: 1, "https", hosts: 1000, ranges: 1000), "spec.ports"),
        Manifest("10,000 filter chains", combinations(ports: 1, "https", hosts: 100, ranges: 100)),
        Manifest("1,000,000 ranges", combinations(ports: 1000, "tcp", hosts: 0, ranges: 1000), "spec.ports"),
    ]

    private static func combinations(ports: Int, _ spoken: String, hosts: Int, ranges: Int = 0) -> String {
        let ports = list(ports) { "{number: \($0 + 1), protocol: \(spoken)}" }
        let ranges = list(ranges) { "10.\($0 / 256).\($0 % 256).0/24" }
        return "\(sources), hosts: [\(list(hosts) { "h\($0).example" })], ipAddresses: [\(ranges)], ports: [\(ports)]"
    }

    private static let fields = [
        hosts("example.com, EXAMPLE.org, '*.example.com', my_host.example.com, 192.0.2.1, '2001:db8::1', '*'", []),
        hosts("''", ["spec.hosts[0]"]),
        hosts("ok, 'https://example.com', example.com/path, 'example.com:80'", [1, 2, 3].map { "spec.hosts[\($0)]" }),
        hosts("'*example.com', 'a.*.com', '*.', '.com', 'a..b', 'a.', '-a.com'", (0..<7).map { "spec.hosts[\($0)]" }),
        hosts(String(repeating: "a", count: 64) + ".com", ["spec.hosts[0]"]),
        hosts((0..<64).map { _ in "abc" }.joined(separator: "."), ["spec.hosts[0]"]),
        hosts("'exämple.com', 'a b'", ["spec.hosts[0]", "spec.hosts[1]"]),
        ranges("203.0.113.0/24, 203.0.113.7/24, '2001:db8::/48', '::/0', 0.0.0.0/0", []),
        ranges(
            "203.0.113.0/33, 203.0.113.0, '2001:db8::/129', 1.2.3/8, '', x/8, 1.2.3.4/-1",
            (0..<7).map { "spec.ipAddresses[\($0)]" }),
        ports(
            "{number: 80, protocol: HTTP}, {number: 443, protocol: Https}, {number: 1, protocol: TCP-Server-First}",
            []),
        ports(
            "{number: 0, protocol: tcp}, {number: 65536, protocol: tcp}, {protocol: tcp}, {number: -1, protocol: tcp}",
            (0..<4).map { "spec.ports[\($0)].number" }),
        ports(
            "{number: 15001, protocol: tcp}, {number: 15904, protocol: http}, {number: 15900, protocol: tcp}",
            ["spec.ports[0].number", "spec.ports[1].number"]),
        ports(
            "{number: 80, protocol: udp}, {number: 81, protocol: ''}, {number: 82}, {number: 83, protocol: grpc}",
            (0..<4).map { "spec.ports[\($0)].protocol" }),
        ports("{number: 80, protocol: http}, {number: 80, protocol: https}, {number: 80, protocol: tcp}", []),
        ports("{number: 80, protocol: tcp}, {number: 80, protocol: tcp-server-first}", []),
        ports("{number: 80, protocol: http}, {number: 80, protocol: tcp-server-first}", ["spec.ports[1].protocol"]),
        matches("{apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: g}", []),
        matches("{apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: u}", []),
        matches("{apiGroup: specs.smi-spec.io/v1alpha3, kind: HTTPRouteGroup, name: g}", ["spec.matches[0].apiGroup"]),
        matches("{kind: HTTPRouteGroup, name: g}", ["spec.matches[0].apiGroup"]),
        matches(
            "{apiGroup: specs.smi-spec.io/v1alpha4, kind: UpstreamTrafficSetting, name: u}",
            ["spec.matches[0].apiGroup"]),
        matches("{apiGroup: specs.smi-spec.io/v1alpha4, kind: TCPRoute, name: t}", ["spec.matches[0].kind"]),
        matches("{}", ["spec.matches[0].kind", "spec.matches[0].name"]),
        matches(
            "{apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: u}, "
                + "{apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: v}",
            ["spec.matches[1]"]),
    ]

    @Test("has the problems that are in it", arguments: whole + fields)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(Egress.self, in: manifest) == manifest.paths)
    }

    @Test("is read with all its fields")
    func reading() throws {
        let egress = try read(
            Egress.self,
            """
            metadata: {name: e, namespace: n}
            spec:
              sources:
                - {kind: ServiceAccount, name: b, namespace: m}
                - {kind: ServiceAccount, name: a, namespace: m}
                - {kind: ServiceAccount, name: b, namespace: m}
              hosts: [Example.COM, "*.example.com", example.com, "2001:DB8:0::1"]
              ipAddresses: [10.1.2.3/16, "2001:DB8::1/32", 10.1.0.0/16]
              ports: [{number: 80, protocol: HTTP}, {number: 3306, protocol: tcp-server-first}]
              matches:
                - {apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: g}
                - {apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: u}
                - {apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: g}
            """)
        #expect(egress.validate() == [])
        #expect(egress.sourceIdentities.map(\.description) == ["m/a", "m/b"])
        #expect(egress.hostNames == ["*.example.com", "2001:db8::1", "example.com"])
        #expect(egress.ranges.map(\.description) == ["10.1.0.0/16", "2001:db8::/32"])
        #expect(egress.ports.map(\.portProtocol) == [.http, .tcpServerFirst])
        #expect(egress.routeGroups.map(\.description) == ["n/g"])
        #expect(egress.trafficSetting?.description == "n/u")
        #expect(egress.matches.prefix(2) == [.routeGroup("g"), .trafficSetting("u")])
    }

    @Test(
        "with a field of the wrong type says which",
        arguments: [
            ("ports: [{number: web}]", "spec.ports[0].number"), ("hosts: example.com", "spec.hosts"),
            ("sources: [a]", "spec.sources[0]"), ("ipAddresses: [[1]]", "spec.ipAddresses[0]"),
            ("matches: {name: g}", "spec.matches"), ("ports: [{protocol: [http]}]", "spec.ports[0].protocol"),
        ])
    func wrongTypes(spec: String, path: String) throws {
        #expect(try decodingProblem(Egress.self, Self.manifest(spec))?.path == path)
    }

    @Test("Ranges contain ranges and addresses by their leading bits")
    func containment() throws {
        func range(_ text: String) throws -> IPRange { try #require(IPRange(text)) }
        #expect(try range("10.1.2.3/9").canonical == range("10.0.0.0/9"))
        #expect(try range("255.255.255.255/31").canonical == range("255.255.255.254/31"))
        #expect(try range("1.2.3.4/0").canonical == range("0.0.0.0/0"))
        #expect(try range("2001:db8:ffff::/33").canonical == range("2001:db8:8000::/33"))
        #expect(try range("10.0.0.0/8").contains(range("10.255.0.0/16")))
        #expect(try !range("10.255.0.0/16").contains(range("10.0.0.0/8")))
        #expect(try range("10.0.0.0/8").contains(range("10.0.0.0/8")))
        #expect(try !range("10.0.0.0/8").contains(range("11.0.0.0/16")))
        #expect(try !range("0.0.0.0/0").contains(range("::/0")))
        let address = try #require(IPAddress("10.3.4.5"))
        #expect(try range("10.2.0.0/15").contains(address))
        #expect(try !range("10.4.0.0/15").contains(address))
    }
}
