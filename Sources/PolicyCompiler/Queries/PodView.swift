public import Incremental
public import MeshModel
public import MeshPolicy

/// What decides the view of a pod's proxy; `nil` for a pod without a sidecar of ours, or one that has ended.
public enum PodView: MeshQuery {
    /// A proxy, and the keys of what it shares with others.
    public struct View: Hashable, Sendable {
        /// The pod's uid.
        public let uid: String
        /// Who the proxy is.
        public let identity: ServiceIdentity
        /// Which inbound configuration it has.
        public let inbound: InboundKey
        /// What it has for the outside.
        public let egress: EgressKey
        /// What distinguishes its outbound configuration.
        public let variant: ClientVariant
        /// Whether the pod's applications have ended, so that its sidecar shall, too.
        public let hasEnded: Bool

        /// The layers of the proxy's view, in order.
        public var layers: [ViewLayer.Key] {
            [
                .mesh, egress.isLazy ? .called(identity, variant) : .permissive(variant), .reach(identity, variant),
                .inbound(inbound), .catchAll(egress.catchAll), .egress(egress),
            ]
                + (hasEnded ? [.ended] : [])
        }
    }

    /// The value for a key.
    public static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> View? {
        guard let pod = mesh(\.podByName, name).first?.valid, pod.mountsProxyToken, !pod.isTerminal,
            mesh(NamespaceMode.self, name.namespace) != .outside
        else { return nil }
        let families = Set(pod.addresses.map(\.family)).sorted()
        let services = mesh(
            SelectingServices.self, .init(namespace: name.namespace, labels: pod.metadata.labels))
        var targets: Set<ServiceTargetPort> = []
        for service in services {
            for port in mesh(ServiceTargets.self, service) {
                for number in numbers(of: port, in: pod) {
                    targets.insert(ServiceTargetPort(service: service, targetPort: number))
                }
            }
        }
        let telemetry = mesh(TelemetryInForce.self, .init(namespace: name.namespace, labels: pod.metadata.labels))
        let isLazy = mesh(\.lazyBeginning, .one).first?.isBefore(pod.metadata.creation) == true
        return View(
            uid: pod.metadata.uid, identity: pod.identity,
            inbound: InboundKey(
                identity: pod.identity, targets: targets.sorted(), families: families, telemetry: telemetry),
            egress: EgressKey(identity: pod.identity, families: families, telemetry: telemetry, isLazy: isLazy),
            variant: ClientVariant(
                telemetry: telemetry, retries: mesh(HasRetries.self, pod.identity) ? pod.identity : nil,
                zone: mesh(AreZonesPreferred.self, .one) ? mesh(PodZone.self, name) : nil),
            hasEnded: pod.applicationsHaveEnded)
    }

    /// The pod's own number of a named port, if the pod names it; else what the service's slices say.
    private static func numbers(of port: ServiceTargets.Target, in pod: Pod) -> [UInt16] {
        guard case .name(let portName) = port.specified else { return port.numbers }
        let own = pod.ports.filter { $0.name == portName }.map(\.port)
        return own.isEmpty ? port.numbers : own
    }
}

/// Where the TCP ports of a service lead, as its spec and its slices say; none if it is not of the mesh.
enum ServiceTargets: MeshQuery {
    struct Target: Equatable, Sendable {
        let specified: Service.TargetPort
        let numbers: [UInt16]
    }

    static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> [Target] {
        guard let facts = mesh(MeshService.self, name), let service = mesh(\.serviceByName, name).first?.valid else {
            return []
        }
        return facts.ports.map { port in
            let specified = service.ports.first { $0.port == port.port && $0.applicationProtocol != nil }?.targetPort
            return Target(specified: specified ?? .number(port.port), numbers: port.targetPorts)
        }
    }
}
