import ControlLoop
import MeshModel
import MeshPolicy
import PolicyCompiler
import Testing

/// A mesh in permissive mode with many services, for tests of lazy views.
struct LazyMesh {
    static let trust = TrustBundle(trustDomains: ["cluster.local"], rootsPEM: "PEM")
    /// The moment at which everything was made, unless said otherwise.
    static let moment = Timestamp(seconds: 1_000)

    let graph: PolicyGraph
    var views = LazyViews()

    /// A namespace `n` with services `s0`, `s1` and so on, pods `client-a` and `client-b` of the identity `client`, and one of
    /// the identity `other`.
    init(services: Int, above threshold: Int? = 5, mode: String = "enabled") throws {
        graph = PolicyGraph(settings: MeshSettings(lazyThreshold: threshold), trust: Self.trust)
        var objects = [Self.namespace(mode)]
        objects += try [
            Self.pod("client-a", 1, of: "client"), Self.pod("client-b", 2, of: "client"), Self.pod("other", 3),
        ]
        for number in 0..<services { objects.append(try Self.service(number)) }
        views.take(graph.apply(objects))
    }

    /// Edits objects.
    @discardableResult
    mutating func edit(_ changes: TableChange...) -> PolicyGraph.Difference {
        let difference = graph.apply(changes)
        views.take(difference)
        return difference
    }

    /// A pod calls addresses; its uid is its name.
    @discardableResult
    mutating func call(_ addresses: SocketAddress..., from pod: String) -> PolicyGraph.Difference {
        let difference = graph.apply([], demands: [AskingPod(name: Self.name(pod), uid: pod): Set(addresses)])
        views.take(difference)
        return difference
    }

    static func name(_ name: String) -> ObjectName { ObjectName(namespace: "n", name: name) }
    static func identity(_ account: String) -> ServiceIdentity {
        ServiceIdentity(namespace: "n", serviceAccount: account)
    }

    static func namespace(_ mode: String) -> TableChange {
        Namespace.change(
            for: .set(
                Namespace(
                    metadata: .init(
                        name: "n", labels: [MeshLabels.monitoredBy: "osm"],
                        annotations: [MeshLabels.permissiveMode: mode]))))
    }

    static func pod(
        _ name: String, _ number: Int, of account: String? = nil, creation: Timestamp? = moment,
        labels: [String: String] = [:]
    ) throws -> TableChange {
        Pod.change(
            for: .set(
                Pod(
                    metadata: .init(
                        name: name, namespace: "n", uid: name, creation: creation,
                        labels: ["app": name].merging(labels) { $1 }),
                    serviceAccount: account ?? name, addresses: [try address("10.1.0.\(number)", 0).ip],
                    mountsProxyToken: true)))
    }

    /// The service of a number: its address is that of ``address(of:)``.
    static func service(_ number: Int, creation: Timestamp? = moment, port: UInt16 = 80) throws -> TableChange {
        Service.change(
            for: .set(
                Service(
                    metadata: .init(name: "s\(number)", namespace: "n", creation: creation),
                    clusterIPs: [try address(of: number).ip], selector: ["app": "s\(number)"],
                    ports: [.init(name: "http", port: port, transport: "TCP", targetPort: .number(8080))])))
    }

    static func address(of service: Int, port: UInt16 = 80) throws -> SocketAddress {
        try address("10.2.\(service / 250).\(service % 250 + 1)", port)
    }

    static func address(_ ip: String, _ port: UInt16) throws -> SocketAddress {
        SocketAddress(ip: try #require(IPAddress(ip)), port: port)
    }
}

/// The content of every view of a graph, gathered from differences.
struct LazyViews {
    private var views: [ObjectName: PodView.View] = [:]
    private var layers: [ViewLayer.Key: [DerivedResource]] = [:]
    private var values: [DerivedResource: DerivedValue] = [:]

    mutating func take(_ difference: PolicyGraph.Difference) {
        for (key, value) in difference.views { views[key] = value }
        for (key, value) in difference.layers { layers[key] = value }
        for (key, value) in difference.resources { values[key] = value }
    }

    /// The addresses at which the pod's proxy has virtual listeners: sorted.
    func listeners(of pod: String) -> [String] {
        resources(of: pod).compactMap { resource in
            if case .listener(let key) = resource { key.address.description } else { nil }
        }.sorted()
    }

    /// How many derived resources the pod's proxy has.
    func count(of pod: String) -> Int { resources(of: pod).count }

    /// The ranges about which the pod's proxy asks.
    func ranges(of pod: String) -> [String] {
        resources(of: pod).flatMap { resource -> [String] in
            guard case .egress(let policy) = values[resource]?.value else { return [] }
            return policy.demandRanges.map(\.description)
        }
    }

    func view(of pod: String) -> PodView.View? { views[LazyMesh.name(pod)] }

    private func resources(of pod: String) -> [DerivedResource] {
        (views[LazyMesh.name(pod)]?.layers ?? []).flatMap { layers[$0] ?? [] }
    }
}
