import Incremental
import MeshModel
import MeshPolicy
import PolicyCompiler
import Testing

@Suite("The objects that decide what is in a layer")
struct LayerOriginsTests {
    private static let client = ServiceIdentity(namespace: "n", serviceAccount: "client")
    private static let server = ServiceIdentity(namespace: "n", serviceAccount: "server")

    private let graph = Graph { MeshTables(in: $0, settings: MeshSettings()) }

    private func set(_ target: TrafficTarget) { graph.inputs.apply(TrafficTarget.change(for: .set(target))) }

    private func setNamespace(isPermissive: Bool) {
        let namespace = Namespace(
            metadata: .init(
                name: "n", labels: [MeshLabels.monitoredBy: "osm"],
                annotations: [MeshLabels.permissiveMode: isPermissive ? "enabled" : "disabled"]))
        graph.inputs.apply(Namespace.change(for: .set(namespace)))
    }

    private static func target(_ sources: [String], _ rules: [TrafficTarget.Rule]) -> TrafficTarget {
        TrafficTarget(
            metadata: .init(name: "t", namespace: "n"), destination: .init(name: "server"),
            sources: sources.map { .init(name: $0) }, rules: rules)
    }

    private func origins(_ layer: ViewLayer.Key) -> [String] {
        graph.demand(LayerOriginsQuery.self, layer).map(\.description)
    }

    @Test("are for a client the targets that name it and the routes that these name, there or not")
    func reach() {
        setNamespace(isPermissive: false)
        #expect(origins(.reach(Self.client)) == [])
        let rules: [TrafficTarget.Rule] = [
            .init(kind: .httpRouteGroup, name: "g"), .init(kind: .tcpRoute, name: "r"),
            .init(kind: .udpRoute, name: "u"),
        ]
        set(Self.target(["other", "client"], rules))
        #expect(origins(.reach(Self.client)) == ["HTTPRouteGroup n/g", "TCPRoute n/r", "TrafficTarget n/t"])
        #expect(origins(.reach(Self.server)) == [])
        set(Self.target(["other"], rules))
        #expect(origins(.reach(Self.client)) == [])
    }

    @Test("are no targets of a namespace that every client may call")
    func permissive() {
        setNamespace(isPermissive: true)
        set(Self.target(["client"], [.init(kind: .httpRouteGroup, name: "g")]))
        #expect(origins(.reach(Self.client)) == [])
        setNamespace(isPermissive: false)
        #expect(origins(.reach(Self.client)) == ["HTTPRouteGroup n/g", "TrafficTarget n/t"])
    }

    @Test("are for a lazy view what makes it one, and the targets by which services are seen without a call")
    func called() {
        setNamespace(isPermissive: true)
        set(Self.target(["client"], [.init(kind: .httpRouteGroup, name: "g")]))
        #expect(origins(.called(Self.client)) == ["HTTPRouteGroup n/g", "TrafficTarget n/t"])
        #expect(origins(.called(Self.server)) == [])
        setNamespace(isPermissive: false)
        #expect(origins(.called(Self.client)) == [])
    }

    @Test("are the mesh's configuration for what every client may call, and nobody for what is one resource")
    func others() {
        #expect(origins(.permissive()) == [])
        var config = MeshConfig.absent
        config.metadata = .init(name: "osm-mesh-config", namespace: "osm-system")
        graph.inputs.apply(MeshConfig.change(for: .set(config)))
        #expect(origins(.permissive()) == ["MeshConfig osm-system/osm-mesh-config"])
        #expect(origins(.mesh) == [])
        #expect(origins(.inbound(InboundKey(identity: Self.server, targets: [], families: []))) == [])
        #expect(origins(.egress(EgressKey(identity: Self.server, families: []))) == [])
    }

    @Test("are for what leaves the mesh the Egress policies that name the identity, and what these refer to")
    func egress() {
        setNamespace(isPermissive: false)
        func set(_ sources: [String], in namespace: String = "n") {
            let policy = Egress(
                metadata: .init(name: "e", namespace: namespace),
                sources: sources.map { .init(name: $0, namespace: "n") }, hosts: ["x"],
                ports: [.init(number: 80, protocolName: "http")],
                matches: [.routeGroup("g"), .trafficSetting("u")])
            graph.inputs.apply(Egress.change(for: .set(policy)))
        }
        func origins(_ identity: ServiceIdentity) -> [String] {
            self.origins(.egress(EgressKey(identity: identity, families: [.v4])))
        }
        set(["client", "other"])
        set(["client"], in: "elsewhere")
        #expect(origins(Self.client) == ["Egress n/e", "HTTPRouteGroup n/g", "UpstreamTrafficSetting n/u"])
        #expect(origins(Self.server) == [])
        set(["server"])
        #expect(origins(Self.client) == [])
        #expect(origins(Self.server) == ["Egress n/e", "HTTPRouteGroup n/g", "UpstreamTrafficSetting n/u"])
    }

    @Test("are not asked for again when a route group changes its matches, or another client's target changes")
    func incremental() {
        setNamespace(isPermissive: false)
        set(Self.target(["client"], [.init(kind: .httpRouteGroup, name: "g")]))
        #expect(origins(.reach(Self.client)).count == 2)
        let before = graph.evaluations
        let group = HTTPRouteGroup(metadata: .init(name: "g", namespace: "n"), matches: [.init(name: "any")])
        graph.inputs.apply(HTTPRouteGroup.change(for: .set(group)))
        var other = Self.target(["other"], [.init(kind: .tcpRoute, name: "r")])
        other.metadata.name = "other"
        set(other)
        #expect(graph.takeChanges(to: LayerOriginsQuery.self).isEmpty)
        #expect(graph.evaluations == before)
    }
}
