import ControlLoop
import MeshModel
import PolicyCompiler
import Testing

/// What a Retry costs where every client may call every service.
@Suite("A Retry in permissive mode")
struct RetryCostTests {
    private static let trust = TrustBundle(trustDomains: ["cluster.local"], rootsPEM: "PEM")
    private static let client = ObjectName(namespace: "n", name: "client")

    private static func pod(_ name: String, _ number: Int) throws -> TableChange {
        let address = try #require(IPAddress("10.1.\(number / 250).\(number % 250 + 1)"))
        return Pod.change(
            for: .set(
                Pod(
                    metadata: .init(name: name, namespace: "n", uid: name, labels: ["app": name]),
                    serviceAccount: name, addresses: [address], mountsProxyToken: true)))
    }

    private static func service(_ number: Int) throws -> TableChange {
        let address = try #require(IPAddress("10.2.\(number / 250).\(number % 250 + 1)"))
        return Service.change(
            for: .set(
                Service(
                    metadata: .init(name: "s\(number)", namespace: "n"), clusterIPs: [address],
                    selector: ["app": "s\(number)"],
                    ports: [.init(name: "http", port: 80, transport: "TCP", targetPort: .number(8080))])))
    }

    private static func retry(_ attempts: Int, _ destinations: [String]) -> TableChange {
        Retry.change(
            for: .set(
                Retry(
                    metadata: .init(name: "r", namespace: "n"), source: .init(kind: "ServiceAccount", name: "client"),
                    destinations: destinations.map { .init(kind: "Service", name: $0) },
                    policy: .init(retryOn: "5xx", numRetries: attempts))))
    }

    /// What the graph does with a Retry of two services, and with an edit of it.
    private struct Cost: Equatable {
        var routesOfRetry = 0
        var otherResources = 0
        var editedResources = 0
        var editEvaluations = 0
        var changedLayersByEdit = 0
    }

    private static func cost(services: Int) throws -> Cost {
        let graph = PolicyGraph(settings: MeshSettings(), trust: trust)
        let namespace = Namespace(
            metadata: .init(
                name: "n", labels: [MeshLabels.monitoredBy: "osm"],
                annotations: [MeshLabels.permissiveMode: "enabled"]))
        var objects = [Namespace.change(for: .set(namespace)), try pod("client", 0), try pod("other", 1)]
        for number in 0..<services { objects.append(try service(number)) }
        _ = graph.apply(objects)
        var cost = Cost()
        let added = graph.apply([retry(3, ["s0", "s1"])])
        for resource in added.resources.keys {
            if case .route(let key) = resource, key.retry != nil {
                cost.routesOfRetry += 1
            } else {
                cost.otherResources += 1
            }
        }
        // Only the client's own layers are other ones now.
        #expect(added.views.keys.sorted() == [client])
        let before = graph.evaluations
        let edited = graph.apply([retry(4, ["s0", "s1"])])
        cost.editEvaluations = graph.evaluations - before
        cost.editedResources = edited.resources.count
        cost.changedLayersByEdit = edited.layers.count
        return cost
    }

    @Test("costs the routes that it names, however many services there are")
    func namedRoutes() throws {
        let small = try Self.cost(services: 20)
        let large = try Self.cost(services: 2_000)
        #expect(small == large)
        #expect(large.routesOfRetry == 2)
        #expect(large.otherResources == 0)
        #expect(large.editedResources == 2)
        #expect(large.changedLayersByEdit == 0)
        #expect(large.editEvaluations > 0)
        print("figure: a Retry of 2 of 2,000 services: \(large)")
    }
}
