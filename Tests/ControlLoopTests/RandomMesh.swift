import MeshModel
import PolicyCompiler
import TestInstruments

/// A small mesh in which everything collides: random objects over few names.
struct RandomMesh {
    private var random: SeededGenerator
    /// The objects that exist now, as the changes that set them.
    private(set) var objects: [ObjectKey: TableChange] = [:]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private static let namespaces = ["n0", "n1", "outside"]

    /// The addresses of Services: sorted.
    var addresses: [SocketAddress] {
        objects.sorted { $0.key < $1.key }.flatMap { _, change -> [SocketAddress] in
            guard case .service(_, let row?) = change else { return [] }
            return row.object.clusterIPs.flatMap { ip in row.object.ports.map { SocketAddress(ip: ip, port: $0.port) } }
        }
    }

    /// Edits one object at random: sets it anew, or removes it.
    mutating func edit() -> TableChange {
        let change = Int.random(in: 0..<8, using: &random) == 0 ? removal() : setting()
        if change.isRemoval { objects[change.key] = nil } else { objects[change.key] = change }
        return change
    }

    private mutating func removal() -> TableChange {
        guard let key = objects.keys.sorted().randomElement(using: &random) else { return setting() }
        return TableChange.removal(of: key)
    }

    private mutating func setting() -> TableChange {
        switch Int.random(in: 0..<24, using: &random) {
        case 0: set(namespace())
        case 1: set(meshConfig())
        case 2..<5: set(pod())
        case 5..<8: set(service())
        case 8..<11: set(slice())
        case 11..<14: set(target())
        case 14..<16: set(group())
        case 16: set(TCPRoute(metadata: metadata("t", 2), ports: [[], [80], [8080], [8080, 8081]].pick(&random)))
        case 17, 18: set(retry())
        case 19, 20: set(clientSetting())
        default: set(split())
        }
    }

    private func set<Object: TableObject>(_ object: Object) -> TableChange { Object.change(for: .set(object)) }

    private mutating func metadata(_ prefix: String, _ count: Int) -> ObjectMetadata {
        ObjectMetadata(
            name: "\(prefix)\(Int.random(in: 0..<count, using: &random))", namespace: Self.namespaces.pick(&random),
            generation: Int64.random(in: 1...3, using: &random),
            creation: Bool.random(using: &random)
                ? Timestamp(seconds: Int64.random(in: 0..<3, using: &random)) : nil)
    }

    /// What clients do by a setting.
    private mutating func clientSetting() -> UpstreamTrafficSetting {
        var setting = UpstreamTrafficSetting(
            metadata: metadata("z", 3), host: "s\(Int.random(in: 0..<3, using: &random))")
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            setting.connectionSettings = .init()
            setting.connectionSettings?.http = .init()
            setting.connectionSettings?.http?.requestTimeout = .init(["0s", "5s", "soon"].pick(&random))
        case 1:
            setting.healthCheck = .init()
            setting.healthCheck?.path = [nil, "/a", "/b"].pick(&random)
            setting.healthCheck?.port = [nil, 8080, 8081].pick(&random)
        case 2:
            var hash = UpstreamTrafficSetting.LoadBalancing.Hash()
            hash.header = ["x", "y"].pick(&random)
            setting.loadBalancing = .init()
            setting.loadBalancing?.policy = "ringHash"
            setting.loadBalancing?.hash = hash
        case 3:
            setting.loadBalancing = .init()
            setting.loadBalancing?.preferLocality = Bool.random(using: &random)
        default: setting.outlierDetection = .init()
        }
        return setting
    }

    private mutating func retry() -> Retry {
        let names = ["s0", "s1", "s2", "*", ""]
        return Retry(
            metadata: metadata("y", 3),
            source: .init(
                kind: "ServiceAccount", name: "a\(Int.random(in: 0..<3, using: &random))",
                namespace: [nil, "n0", "n1"].pick(&random)),
            destinations: (0..<2).map { _ in
                .init(kind: "Service", name: names.pick(&random), namespace: [nil, "n0", "n1"].pick(&random))
            },
            policy: .init(
                retryOn: ["5xx", "reset", "never"].pick(&random), numRetries: Int.random(in: 0..<3, using: &random)))
    }

    private mutating func namespace() -> Namespace {
        var metadata = ObjectMetadata(name: Self.namespaces.pick(&random))
        if metadata.name != "outside" || Int.random(in: 0..<9, using: &random) == 0 {
            metadata.labels[MeshLabels.monitoredBy] = ["osm", "osm", "osm", "osm", "other"].pick(&random)
        }
        if let mode = [nil, nil, "enabled", "disabled", "perhaps"].pick(&random) {
            metadata.annotations[MeshLabels.permissiveMode] = mode
        }
        return Namespace(metadata: metadata)
    }

    private mutating func meshConfig() -> MeshConfig {
        var config = MeshConfig.absent
        config.metadata = ObjectMetadata(name: "osm-mesh-config", namespace: "osm-system")
        config.traffic.enablePermissiveTrafficPolicyMode = Bool.random(using: &random)
        config.traffic.enableEgress = Bool.random(using: &random)
        config.featureFlags.enableEnvoyActiveHealthChecks = Bool.random(using: &random)
        config.sidecar.tlsMaxProtocolVersion = [nil, .v1_2].pick(&random)
        return config
    }

    private mutating func pod() -> Pod {
        let number = Int.random(in: 0..<8, using: &random)
        var metadata = ObjectMetadata(
            name: "p\(number)", namespace: Self.namespaces.pick(&random), uid: ["u0", "u1"].pick(&random),
            labels: ["app": ["a", "b"].pick(&random)])
        if Bool.random(using: &random) { metadata.labels["version"] = ["1", "2"].pick(&random) }
        if Bool.random(using: &random) { metadata.labels["topology.kubernetes.io/zone"] = ["e", "w"].pick(&random) }
        return Pod(
            metadata: metadata, serviceAccount: "a\(Int.random(in: 0..<3, using: &random))",
            addresses: [IPAddress("10.0.0.\(number)")].compactMap(\.self),
            phase: ["Running", "Running", "Running", "Succeeded"].pick(&random),
            ports: [.init(name: "web", port: [8080, 8081].pick(&random))],
            mountsProxyToken: Int.random(in: 0..<6, using: &random) != 0)
    }

    private mutating func service() -> Service {
        let ports: [Service.Port] = [
            .init(name: "http", port: 80, targetPort: [.number(8080), .name("web")].pick(&random)),
            .init(name: "tcp-x", port: 81, targetPort: .number(8081)),
            .init(name: "http-2", port: 82, targetPort: .number(8081)),
            .init(name: "dns", port: 53, transport: "UDP"),
        ]
        var selector = ["app": ["a", "b"].pick(&random)]
        if Bool.random(using: &random) { selector["version"] = ["1", "2"].pick(&random) }
        return Service(
            metadata: metadata("s", 4),
            clusterIPs: [IPAddress("10.1.0.\(Int.random(in: 0..<5, using: &random))")].compactMap(\.self),
            selector: Int.random(in: 0..<8, using: &random) == 0 ? [:] : selector,
            ports: ports.filter { _ in Int.random(in: 0..<4, using: &random) != 0 })
    }

    private mutating func slice() -> EndpointSlice {
        var metadata = metadata("e", 6)
        metadata.labels["kubernetes.io/service-name"] = "s\(Int.random(in: 0..<4, using: &random))"
        let endpoints = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
            let number = Int.random(in: 0..<8, using: &random)
            let pod = EndpointSlice.PodReference(
                name: ObjectName(namespace: metadata.namespace, name: "p\(number)"), uid: ["", "u0"].pick(&random))
            return EndpointSlice.Endpoint(
                address: IPAddress("10.0.0.\(number)"), isReady: Int.random(in: 0..<4, using: &random) != 0,
                zone: ["", "z1", "z2"].pick(&random), pod: Int.random(in: 0..<8, using: &random) == 0 ? nil : pod)
        }
        return EndpointSlice(
            metadata: metadata, endpoints: endpoints,
            ports: [.init(name: "http", port: [8080, 8081].pick(&random)), .init(name: "tcp-x", port: 8081)])
    }

    private mutating func target() -> TrafficTarget {
        let metadata = metadata("t", 5)
        func subject(_ random: inout SeededGenerator) -> TrafficTarget.Subject {
            .init(name: "a\(Int.random(in: 0..<3, using: &random))", namespace: [nil, "n0", "n1"].pick(&random))
        }
        let sources = (0..<Int.random(in: 0..<3, using: &random)).map { _ in subject(&random) }
        let rules = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
            let kind: TrafficTarget.RuleKind = [.httpRouteGroup, .httpRouteGroup, .tcpRoute, .udpRoute].pick(&random)
            return TrafficTarget.Rule(
                kind: kind, name: "\(kind == .tcpRoute ? "t" : "g")\(Int.random(in: 0..<3, using: &random))",
                matches: [nil, ["m0"], ["m1", "m2"]].pick(&random))
        }
        return TrafficTarget(
            metadata: metadata,
            destination: .init(
                name: "a\(Int.random(in: 0..<3, using: &random))", namespace: [nil, metadata.namespace].pick(&random)),
            sources: sources, rules: rules)
    }

    private mutating func group() -> HTTPRouteGroup {
        let matches = (0..<Int.random(in: 1..<4, using: &random)).map { number in
            HTTPRouteGroup.Match(
                name: "m\(number)", pathRegex: [nil, "/a", "/b.*", "/("].pick(&random),
                methods: [[], ["GET"], ["*"], ["POST", "GET"]].pick(&random),
                headers: [[:], ["host": "x"], ["A": "1", "a": "2"]].pick(&random))
        }
        return HTTPRouteGroup(metadata: metadata("g", 3), matches: matches)
    }

    private mutating func split() -> TrafficSplit {
        let backends = Array(0..<4).shuffled(using: &random).prefix(Int.random(in: 0..<4, using: &random)).map {
            TrafficSplit.Backend(service: "s\($0)", weight: Int.random(in: 0..<3, using: &random))
        }
        return TrafficSplit(
            metadata: metadata("x", 3), service: "s\(Int.random(in: 0..<4, using: &random))", backends: backends,
            matches: Int.random(in: 0..<4, using: &random) == 0 ? [.init(name: "g0")] : [])
    }
}

extension TableChange {
    /// The change that removes an object.
    static func removal(of key: ObjectKey) -> TableChange {
        switch key.kind {
        case .namespace: .namespace(key.name, nil)
        case .pod: .pod(key.name, nil)
        case .service: .service(key.name, nil)
        case .serviceAccount: .serviceAccount(key.name, nil)
        case .endpointSlice: .endpointSlice(key.name, nil)
        case .meshConfig: .meshConfig(key.name, nil)
        case .trafficTarget: .trafficTarget(key.name, nil)
        case .httpRouteGroup: .httpRouteGroup(key.name, nil)
        case .tcpRoute: .tcpRoute(key.name, nil)
        case .trafficSplit: .trafficSplit(key.name, nil)
        case .egress: .egress(key.name, nil)
        case .ingressBackend: .ingressBackend(key.name, nil)
        case .retry: .retry(key.name, nil)
        case .upstreamTrafficSetting: .upstreamTrafficSetting(key.name, nil)
        case .telemetry: .telemetry(key.name, nil)
        case .extensionService: .extensionService(key.name, nil)
        }
    }
}

extension Array {
    /// One of the elements; the array is not empty.
    func pick(_ random: inout SeededGenerator) -> Element { self[Int.random(in: indices, using: &random)] }
}
