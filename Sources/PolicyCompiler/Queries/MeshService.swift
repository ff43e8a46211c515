import Incremental
import MeshModel
import MeshPolicy

/// A Service as the mesh sees it, or `nil` if it is none of the mesh's (semantics section 4).
enum MeshService: MeshQuery {
    struct Facts: Equatable, Sendable {
        /// Its age among others.
        let seniority: Seniority
        /// Its addresses.
        let clusterIPs: [IPAddress]
        /// Its TCP ports, sorted by number.
        let ports: [Port]
    }

    struct Port: Equatable, Sendable {
        let port: UInt16
        let name: String
        let wireProtocol: WireProtocol
        /// The ports of its pods: sorted; none while they are unknown.
        let targetPorts: [UInt16]
    }

    static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> Facts? {
        guard mesh(NamespaceMode.self, name.namespace) != .outside,
            let service = mesh(\.serviceByName, name).first?.valid, service.type != "ExternalName"
        else { return nil }
        let shape = mesh(BackendShape.self, name)
        let hasMeshPods = shape.hasMeshPods || !shape.hasForeign
        guard (!service.selector.isEmpty && hasMeshPods) || mesh(HoldingSplit.self, name) != nil else { return nil }
        let ports = service.ports.compactMap { port -> Port? in
            guard let proto = port.applicationProtocol else { return nil }
            var targets = shape.targetPorts[port.name] ?? []
            if targets.isEmpty, case .number(let number) = port.targetPort { targets = [number] }
            return Port(
                port: port.port, name: port.name, wireProtocol: proto == .http ? .http : .tcp, targetPorts: targets)
        }
        return Facts(
            seniority: service.metadata.seniority, clusterIPs: service.clusterIPs,
            ports: ports.sorted { $0.port < $1.port })
    }
}

/// What of a service's endpoints decides its shape: unchanged while pods of a kind come and go.
enum BackendShape: MeshQuery {
    struct Shape: Equatable, Sendable {
        let hasMeshPods: Bool
        let hasForeign: Bool
        let targetPorts: [String: [UInt16]]
    }

    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> Shape {
        let backends = mesh(ServiceBackends.self, service)
        return Shape(
            hasMeshPods: !backends.pods.isEmpty, hasForeign: backends.hasForeign, targetPorts: backends.targetPorts)
    }
}

/// One port of a service of the mesh.
enum MeshServicePort: MeshQuery {
    static func evaluate(_ port: ServicePort, _ mesh: MeshReader) -> MeshService.Port? {
        mesh(MeshService.self, port.service)?.ports.first { $0.port == port.port }
    }
}

/// The services that select pods with the given labels, in one namespace: sorted.
enum SelectingServices: MeshQuery {
    struct Key: Hashable, Sendable {
        let namespace: String
        let labels: [String: String]
    }

    static func evaluate(_ key: Key, _ mesh: MeshReader) -> [ObjectName] {
        var names: Set<ObjectName> = []
        for (label, value) in key.labels {
            let pair = SelectorPair(namespace: key.namespace, key: label, value: value)
            for row in mesh(\.servicesBySelector, pair) where row.valid?.selects(key.labels) == true {
                names.insert(row.id)
            }
        }
        return names.sorted()
    }
}

/// The services whose selector matches pods of an identity: sorted.
enum IdentityServices: MeshQuery {
    static func evaluate(_ identity: ServiceIdentity, _ mesh: MeshReader) -> [ObjectName] {
        let labels = Set(mesh(\.podsByIdentity, identity).map(\.object.metadata.labels))
        var services: Set<ObjectName> = []
        for labels in labels {
            let key = SelectingServices.Key(namespace: identity.namespace, labels: labels)
            services.formUnion(mesh(SelectingServices.self, key))
        }
        return services.sorted()
    }
}
