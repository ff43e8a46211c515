import ControlLoop
import MeshModel
import PolicyCompiler
import Testing

/// What a setting of one service reaches.
@Suite("An UpstreamTrafficSetting")
struct SettingCostTests {
    private static let trust = TrustBundle(trustDomains: ["cluster.local"], rootsPEM: "PEM")

    private static func mesh(services: Int) throws -> PolicyGraph {
        let graph = PolicyGraph(settings: MeshSettings(), trust: trust)
        let namespace = Namespace(
            metadata: .init(
                name: "n", labels: [MeshLabels.monitoredBy: "osm"],
                annotations: [MeshLabels.permissiveMode: "enabled"]))
        var objects = [Namespace.change(for: .set(namespace))]
        for number in 0..<services {
            let address = try #require(IPAddress("10.2.\(number / 250).\(number % 250 + 1)"))
            let pod = try #require(IPAddress("10.1.\(number / 250).\(number % 250 + 1)"))
            let name = "s\(number)"
            objects.append(
                Service.change(
                    for: .set(
                        Service(
                            metadata: .init(name: name, namespace: "n"), clusterIPs: [address],
                            selector: ["app": name],
                            ports: [
                                .init(name: "http", port: 80, transport: "TCP", targetPort: .number(8080)),
                                .init(name: "tcp-x", port: 81, transport: "TCP", targetPort: .number(8081)),
                            ]))))
            guard number < 3 else { continue }
            objects.append(
                Pod.change(
                    for: .set(
                        Pod(
                            metadata: .init(name: name, namespace: "n", uid: name, labels: ["app": name]),
                            serviceAccount: name, addresses: [pod], mountsProxyToken: true))))
        }
        _ = graph.apply(objects)
        return graph
    }

    private static func setting(_ change: (inout UpstreamTrafficSetting) -> Void) -> TableChange {
        var setting = UpstreamTrafficSetting(metadata: .init(name: "x", namespace: "n"), host: "s1")
        change(&setting)
        return UpstreamTrafficSetting.change(for: .set(setting))
    }

    /// What differs by a change, by its own name; and what it cost.
    private static func reached(by change: TableChange, _ graph: PolicyGraph) -> (resources: [String], evaluations: Int)
    {
        let before = graph.evaluations
        let difference = graph.apply([change])
        #expect(difference.layers.isEmpty && difference.views.isEmpty)
        let names = difference.resources.keys.sorted().map { resource in
            switch resource {
            case .route(let key): "route \(key.port)"
            case .upstream(let name): "upstream \(name)"
            case .endpoints(let key): "endpoints \(key.upstream)"
            default: "\(resource)"
            }
        }
        return (names, graph.evaluations - before)
    }

    @Test("reaches clusters and routes of its service, and no listener, however many services there are")
    func reach() throws {
        var costs: [[Int]] = []
        for services in [20, 1_000] {
            let graph = try Self.mesh(services: services)
            var cost: [Int] = []
            // Origins of everything of the service name the setting now, so all of it is new.
            let all = Self.reached(by: Self.setting { $0.retryBudget = .init() }, graph)
            #expect(
                all.resources.filter { !$0.contains("inbound") } == [
                    "route n/s1:80", "route n/s1:81", "upstream n/s1|8080", "upstream n/s1|8081", "endpoints n/s1|8080",
                    "endpoints n/s1|8081",
                ])
            cost.append(all.evaluations)
            costs.append(cost)
        }
        #expect(costs[0] == costs[1])
        print("figure: a setting of 1 of 1,000 services costs \(costs[1]) evaluations")
    }
}
