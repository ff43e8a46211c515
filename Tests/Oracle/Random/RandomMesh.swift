package import MeshModel
package import TestInstruments

/// A small mesh that makes sense, mostly: pods, services that select them, and policies that name both.
///
/// It leans toward what the policies distinguish: few names, so that everything meets everything, and every kind of
/// mistake now and then. EndpointSlices follow from services and pods, as in a cluster, beside a few made by hand.
package struct RandomMesh {
    package var random: SeededGenerator
    /// The objects as they are now.
    package private(set) var objects = MeshObjects()
    var unreadyPods: Set<ObjectName> = []
    private var handmadeSlices: [ObjectName: EndpointSlice] = [:]

    /// Pods that really run, which an edit may only label otherwise; `nil` where pods come and go as they like.
    let running: [Pod]?

    static let namespaces = ["n0", "n1", "out"]

    /// A mesh with a little of everything.
    ///
    /// - Parameter running: The pods that there are, of the namespaces `n0`, `n1` and `out`; `nil` for any.
    package init(seed: UInt64, running: [Pod]? = nil) {
        random = SeededGenerator(seed: seed)
        self.running = running
        for pod in running ?? [] { set(pod) }
        for namespace in Self.namespaces { set(self.namespace(namespace)) }
        set(meshConfig())
        for _ in 0..<20 { set(pod()) }
        for _ in 0..<12 { set(service()) }
        for _ in 0..<10 { set(group()) }
        for _ in 0..<6 { set(tcpRoute()) }
        for _ in 0..<24 { set(target()) }
        for _ in 0..<6 { set(split()) }
        for _ in 0..<5 { set(ingressBackend()) }
        for _ in 0..<8 { set(retry()) }
        for _ in 0..<6 { set(egress()) }
        for _ in 0..<3 { set(handmadeSlice()) }
        deriveSlices()
    }

    /// Edits one object, or removes it.
    package mutating func edit() {
        if random.once(in: 8) { remove() } else { change() }
        deriveSlices()
    }

    private mutating func change() {
        switch random.number(below: 31) {
        case 0: set(namespace(random.pick("n0", "n0", "n1", "out")))
        case 1: set(meshConfig())
        case 2..<5: set(pod())
        case 5..<8: set(service())
        case 8..<10: set(handmadeSlice())
        case 10..<12: set(group())
        case 12..<14: set(tcpRoute())
        case 14..<18: set(target())
        case 18..<22: set(split())
        case 22..<25: set(retry())
        case 25..<28: set(ingressBackend())
        default: set(egress())
        }
    }

    private mutating func remove() {
        switch random.number(below: 39) {
        case 0: if running == nil { objects.namespaces = without(one: objects.namespaces) }
        case 1: objects.configs = without(one: objects.configs)
        case 2..<6: if running == nil { objects.pods = without(one: objects.pods) }
        case 6..<10: objects.services = without(one: objects.services)
        case 10..<13: objects.groups = without(one: objects.groups)
        case 13..<16: objects.tcpRoutes = without(one: objects.tcpRoutes)
        case 16..<20: objects.targets = without(one: objects.targets)
        case 20..<25: objects.splits = without(one: objects.splits)
        case 25..<28: objects.ingressBackends = without(one: objects.ingressBackends)
        case 28..<31: objects.retries = without(one: objects.retries)
        case 31..<34: objects.egresses = without(one: objects.egresses)
        default: handmadeSlices = without(one: handmadeSlices)
        }
    }

    mutating func removeTarget(_ name: ObjectName) { objects.targets[name] = nil }

    private mutating func without<Object>(one objects: [ObjectName: Object]) -> [ObjectName: Object] {
        var objects = objects
        if let name = random.pick(from: objects.keys.sorted()) { objects[name] = nil }
        return objects
    }

    private mutating func set(_ object: Namespace) { objects.namespaces[object.name] = object }
    private mutating func set(_ object: MeshConfig) { objects.configs[object.name] = object }
    private mutating func set(_ object: Service) { objects.services[object.name] = object }
    mutating func set(_ object: HTTPRouteGroup) { objects.groups[object.name] = object }
    private mutating func set(_ object: TCPRoute) { objects.tcpRoutes[object.name] = object }
    mutating func set(_ object: TrafficTarget) { objects.targets[object.name] = object }
    mutating func set(_ object: TrafficSplit) { objects.splits[object.name] = object }
    mutating func set(_ object: Egress) { objects.egresses[object.name] = object }
    private mutating func set(_ object: IngressBackend) { objects.ingressBackends[object.name] = object }
    private mutating func set(_ object: Retry) { objects.retries[object.name] = object }
    private mutating func set(_ object: EndpointSlice) { handmadeSlices[object.name] = object }

    private mutating func set(_ object: Pod) {
        objects.pods[object.name] = object
        unreadyPods.remove(object.name)
        if random.once(in: 4) { unreadyPods.insert(object.name) }
    }

    /// What the cluster's own controller would write, with what was written by hand.
    mutating func deriveSlices() {
        objects.slices = handmadeSlices
        for service in objects.services.values {
            for slice in Self.slices(of: service, objects.pods, unready: unreadyPods) {
                objects.slices[slice.name] = slice
            }
        }
    }

    /// One slice for each set of port numbers that the selected pods have.
    private static func slices(
        of service: Service, _ pods: [ObjectName: Pod], unready: Set<ObjectName>
    ) -> [EndpointSlice] {
        var endpoints: [[EndpointSlice.Port]: [EndpointSlice.Endpoint]] = [:]
        for pod in pods.values.sorted(by: { $0.name < $1.name })
        where pod.namespace == service.namespace && service.selects(pod.metadata.labels) && !pod.isTerminal {
            let ports = service.ports.compactMap { port -> EndpointSlice.Port? in
                switch port.targetPort {
                case .number(let number): EndpointSlice.Port(name: port.name, port: number, transport: port.transport)
                case .name(let name):
                    pod.ports.first { $0.name == name }.map { .init(name: port.name, port: $0.port) }
                }
            }
            endpoints[ports, default: []].append(
                .init(
                    address: pod.addresses.first, isReady: !unready.contains(pod.name),
                    pod: .init(name: pod.name, uid: pod.metadata.uid)))
        }
        return endpoints.map { ports, endpoints in
            let numbers = ports.compactMap(\.port).map(String.init).joined(separator: "-")
            let metadata = ObjectMetadata(
                name: "\(service.metadata.name)-\(numbers)x", namespace: service.namespace,
                labels: ["kubernetes.io/service-name": service.metadata.name])
            return EndpointSlice(metadata: metadata, endpoints: endpoints, ports: ports)
        }
    }
}
