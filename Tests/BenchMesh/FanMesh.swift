public import MeshModel
public import PolicyCompiler

/// A mesh of any size in the shape in which the original was measured: every service has an identity of its own, which
/// may call the next few services, by one TrafficTarget and one HTTPRouteGroup for each service called; and one service in
/// ten is divided over the two after it.
///
/// Fifty services share a namespace. Names have the same length whatever the size, and addresses depend on the number of
/// the service only, so that equal edits make equal bytes.
public struct FanMesh: Sendable {
    /// How many services there are, a multiple of ten.
    public let services: Int
    /// How many pods each has.
    public let pods: Int
    /// How many services each identity may call.
    public let fan: Int
    /// Whether everybody may call everybody.
    public let isPermissive: Bool

    /// A mesh.
    public init(services: Int, pods: Int, fan: Int = 5, isPermissive: Bool = false) {
        self.services = services
        self.pods = pods
        self.fan = fan
        self.isPermissive = isPermissive
    }

    /// The changes that make the mesh, each object once.
    public var changes: [TableChange] {
        var changes = [meshConfig()]
        for number in stride(from: 0, to: services, by: Self.servicesPerNamespace) {
            changes.append(Namespace.change(for: .set(Self.namespace(of: number))))
        }
        for number in 0..<services {
            changes.append(ServiceAccount.change(for: .set(ServiceAccount(metadata: metadata(number)))))
            changes.append(Service.change(for: .set(service(number))))
            changes.append(EndpointSlice.change(for: .set(slice(number))))
            for pod in 0..<pods { changes.append(Pod.change(for: .set(self.pod(number, pod)))) }
            changes.append(HTTPRouteGroup.change(for: .set(routes(number))))
            changes.append(TrafficTarget.change(for: .set(target(number))))
            if number % 10 == 0 { changes.append(TrafficSplit.change(for: .set(split(number)))) }
        }
        return changes
    }

    /// The name of a pod.
    public func podName(_ number: Int, _ pod: Int) -> ObjectName {
        ObjectName(namespace: Self.namespaceName(of: number), name: "\(Self.name(number))-\(Self.digits(pod, 3))")
    }

    static let servicesPerNamespace = 50

    static func name(_ number: Int) -> String { "svc-\(digits(number, 5))" }

    static func namespaceName(of number: Int) -> String { "bench-\(digits(number / servicesPerNamespace, 3))" }

    private static func namespace(of number: Int) -> Namespace {
        Namespace(metadata: .init(name: namespaceName(of: number), labels: [MeshLabels.monitoredBy: "osm"]))
    }

    /// A number with zeros before it.
    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private func wrapped(_ number: Int) -> Int { (number + services) % services }

    func metadata(_ number: Int, generation: Int64 = 1, labels: [String: String] = [:]) -> ObjectMetadata {
        ObjectMetadata(
            name: Self.name(number), namespace: Self.namespaceName(of: number), uid: "uid-\(Self.name(number))",
            generation: generation, creation: Timestamp(seconds: 1_700_000_000), labels: labels)
    }

    /// The n-th address of a network `10.NET.0.0`, which reaches into the networks after it.
    static func address(_ net: Int, _ number: Int) -> IPAddress? {
        IPAddress("10.\(net + number / 65_536).\(number / 256 % 256).\(number % 256)")
    }
}

extension FanMesh {
    func meshConfig(hasRetries: Bool = false, hasEgress: Bool = false, generation: Int64 = 1) -> TableChange {
        var config = MeshConfig(
            metadata: .init(name: "osm-mesh-config", namespace: "osm-system", generation: generation))
        config.traffic.enablePermissiveTrafficPolicyMode = isPermissive
        config.traffic.enableEgress = hasEgress
        config.featureFlags.enableRetryPolicy = hasRetries
        return MeshConfig.change(for: .set(config))
    }

    func service(_ number: Int) -> Service {
        Service(
            metadata: metadata(number), clusterIPs: [Self.address(32, number)].compactMap(\.self),
            selector: ["app": Self.name(number)],
            ports: [.init(name: "http", port: 80, targetPort: .number(8080))])
    }

    func pod(_ number: Int, _ pod: Int) -> Pod {
        let name = podName(number, pod)
        return Pod(
            metadata: .init(
                name: name.name, namespace: name.namespace, uid: "uid-\(name.name)",
                labels: ["app": Self.name(number), "pod-template-hash": "7d9f8b6c5d"]),
            serviceAccount: Self.name(number),
            addresses: [Self.address(64, number * pods + pod)].compactMap(\.self),
            ports: [.init(name: "http", port: 8080)])
    }

    /// The endpoints of a service.
    ///
    /// - Parameter lastIsReady: Whether the last of them is.
    func slice(_ number: Int, lastIsReady: Bool = true, generation: Int64 = 1) -> EndpointSlice {
        let endpoints = (0..<pods).map { pod in
            EndpointSlice.Endpoint(
                address: Self.address(64, number * pods + pod), isReady: lastIsReady || pod < pods - 1,
                pod: .init(name: podName(number, pod), uid: "uid-\(podName(number, pod).name)"))
        }
        return EndpointSlice(
            metadata: metadata(
                number, generation: generation, labels: ["kubernetes.io/service-name": Self.name(number)]),
            endpoints: endpoints, ports: [.init(name: "http", port: 8080)])
    }

    func routes(_ number: Int, path: String = "/books", generation: Int64 = 1) -> HTTPRouteGroup {
        HTTPRouteGroup(
            metadata: metadata(number, generation: generation),
            matches: [
                .init(name: "read", pathRegex: path, methods: ["GET"]),
                .init(name: "write", pathRegex: "/orders/[0-9]+", methods: ["POST", "PUT"]),
            ])
    }

    /// Who may call a service: the identities before its own.
    ///
    /// - Parameter further: The number of a further one.
    func target(_ number: Int, further: Int? = nil, generation: Int64 = 1) -> TrafficTarget {
        func subject(_ number: Int) -> TrafficTarget.Subject {
            .init(name: Self.name(number), namespace: Self.namespaceName(of: number))
        }
        let sources = (1...fan).map { wrapped(number - $0) } + (further.map { [$0] } ?? [])
        return TrafficTarget(
            metadata: metadata(number, generation: generation), destination: subject(number),
            sources: sources.map(subject), rules: [.init(kind: .httpRouteGroup, name: Self.name(number))])
    }

    func split(_ number: Int, first: Int = 90, generation: Int64 = 1) -> TrafficSplit {
        TrafficSplit(
            metadata: metadata(number, generation: generation), service: Self.name(number),
            backends: [
                .init(service: Self.name(number + 1), weight: first),
                .init(service: Self.name(number + 2), weight: 100 - first),
            ])
    }
}
