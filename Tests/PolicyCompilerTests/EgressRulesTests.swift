import Incremental
import MeshModel
import MeshPolicy
import Testing

@testable import PolicyCompiler

@Suite("What Egress policies of one workload come to")
struct EgressRulesTests {
    private static let client = ServiceIdentity(namespace: "n", serviceAccount: "client")

    private let graph = Graph { MeshTables(in: $0, settings: MeshSettings()) }

    init() {
        let namespace = Namespace(metadata: .init(name: "n", labels: [MeshLabels.monitoredBy: "osm"]))
        graph.inputs.apply(Namespace.change(for: .set(namespace)))
    }

    /// A policy of the client; the older, the earlier.
    private func set(
        _ name: String, age: Int64, hosts: [String] = [], ranges: [String] = [], _ port: Int, _ spoken: String,
        matches: [Egress.Reference] = []
    ) {
        let egress = Egress(
            metadata: .init(name: name, namespace: "n", creation: Timestamp(seconds: age)),
            sources: [.init(name: "client", namespace: "n")], hosts: hosts, ipAddresses: ranges,
            ports: [.init(number: port, protocolName: spoken)], matches: matches)
        graph.inputs.apply(Egress.change(for: .set(egress)))
    }

    private func set(_ setting: UpstreamTrafficSetting) {
        graph.inputs.apply(UpstreamTrafficSetting.change(for: .set(setting)))
    }

    private func setting(_ name: String, isEmpty: Bool = false) -> UpstreamTrafficSetting {
        var setting = UpstreamTrafficSetting(metadata: .init(name: name, namespace: "n"), host: "db.example")
        if !isEmpty {
            setting.connectionSettings = .init()
            setting.connectionSettings?.tcp = .init()
        }
        return setting
    }

    private func rules(_ port: UInt16) -> EgressPortRules.Rules {
        graph.demand(EgressPortRules.self, IdentityPort(identity: Self.client, port: port))
    }

    private func diagnosis(_ kind: ObjectKind, _ name: String) -> Diagnosis? {
        graph.demand(DiagnosisQuery.self, ObjectKey(kind: kind, name: ObjectName(namespace: "n", name: name)))
    }

    @Test("A policy that says how to connect holds beside an older one that says nothing of it")
    func settings() {
        set(setting("careful"))
        set("older", age: 1, ranges: ["10.0.0.0/8"], 5432, "tcp")
        set("younger", age: 2, ranges: ["10.1.0.0/16"], 5432, "tcp", matches: [.trafficSetting("careful")])
        let zones = rules(5432).zones.map {
            "\($0.range?.description ?? "all") \($0.connections?.setting?.name ?? "-")"
        }
        #expect(zones == ["all -", "10.0.0.0/8 -", "10.1.0.0/16 careful"])
        set("names", age: 3, hosts: ["a.example"], 443, "https")
        set("settled", age: 4, hosts: ["a.example"], 443, "https", matches: [.trafficSetting("careful")])
        let servers = rules(443).zones.flatMap(\.servers)
        #expect(servers.map { "\($0.name) \($0.connections.setting?.name ?? "-")" } == ["a.example careful"])
        #expect(diagnosis(.egress, "younger") == Diagnosis())
        #expect(diagnosis(.egress, "settled") == Diagnosis())
    }

    @Test("Of two that say how to connect the older holds, and the younger is told, whatever is spoken")
    func conflicts() throws {
        for name in ["first", "second"] { set(setting(name)) }
        for (port, spoken) in [(80, "http"), (443, "https"), (5432, "tcp"), (25, "tcp-server-first")] {
            let hosts = ["http", "https"].contains(spoken) ? ["a.example"] : []
            for (age, name) in [(Int64(1), "first"), (2, "second")] {
                set("\(name)-\(port)", age: age, hosts: hosts, port, spoken, matches: [.trafficSetting(name)])
            }
            #expect(diagnosis(.egress, "first-\(port)") == Diagnosis())
            let refusals = try #require(diagnosis(.egress, "second-\(port)")).refusals
            #expect(refusals.map(\.path) == ["spec.matches[0]"], "\(spoken)")
            #expect(refusals.allSatisfy { $0.message.contains("UpstreamTrafficSetting n/first") })
        }
        // Elsewhere it may say so.
        set("other", age: 3, ranges: ["192.0.2.0/24"], 5432, "tcp", matches: [.trafficSetting("second")])
        #expect(try #require(diagnosis(.egress, "other")).refusals.map(\.path) == ["spec.matches[0]"])
        set("apart", age: 3, hosts: ["b.example"], 80, "http", matches: [.trafficSetting("second")])
        #expect(diagnosis(.egress, "apart") == Diagnosis())
    }

    @Test("Requests of hosts that are too many routes are not allowed, and that is told")
    func routes() throws {
        let matches = (0..<101).map { HTTPRouteGroup.Match(name: "m\($0)", pathRegex: "/\($0)") }
        for (name, matches) in [("much", matches), ("less", Array(matches.dropLast()))] {
            let group = HTTPRouteGroup(metadata: .init(name: name, namespace: "n"), matches: matches)
            graph.inputs.apply(HTTPRouteGroup.change(for: .set(group)))
        }
        let hosts = (0..<100).map { "h\($0).example" }
        set("much", age: 1, hosts: hosts, 80, "http", matches: [.routeGroup("much")])
        set("less", age: 1, hosts: hosts, 81, "http", matches: [.routeGroup("less"), .routeGroup("less")])
        #expect(rules(80).hosts?.allSatisfy { $0.matches == [] } == true)
        #expect(rules(81).hosts?.map { $0.matches?.count } == hosts.map { _ in 100 })
        #expect(try #require(diagnosis(.egress, "much")).unresolved.map(\.path) == ["spec.matches[0].name"])
        #expect(diagnosis(.egress, "less") == Diagnosis())
    }

    @Test("An address as the host of an https port allows nothing, and that is told")
    func addresses() throws {
        set("tls", age: 1, hosts: ["a.example", "192.0.2.1"], 443, "https")
        #expect(try #require(diagnosis(.egress, "tls")).unresolved.map(\.path) == ["spec.hosts[1]"])
        set("plain", age: 1, hosts: ["192.0.2.1"], 80, "http")
        #expect(diagnosis(.egress, "plain") == Diagnosis())
    }

    @Test("A setting of an external host that no Egress refers to, or that says more than one uses, is told")
    func externalHosts() throws {
        var full = setting("full")
        full.outlierDetection = .init()
        full.healthCheck = .init()
        full.loadBalancing = .init()
        full.retryBudget = .init()
        set(full)
        set(setting("plain"))
        let rest = ["outlierDetection", "healthCheck", "loadBalancing", "retryBudget"].map { "spec.\($0)" }
        func paths(_ name: String) throws -> [String] {
            try #require(diagnosis(.upstreamTrafficSetting, name)).unresolved.map(\.path)
        }
        #expect(try paths("full") == ["spec.host"] + rest)
        #expect(try paths("plain") == ["spec.host"])
        set("a", age: 1, 80, "tcp", matches: [.trafficSetting("full")])
        set("b", age: 1, 81, "tcp", matches: [.trafficSetting("plain")])
        #expect(try paths("full") == rest)
        #expect(try paths("plain") == [])
    }
}
