import Incremental
package import MeshModel
package import MeshPolicy

/// A Service as the mesh sees it, or `nil` if it is none of the mesh's (semantics section 4).
package enum MeshService: MeshQuery {
    package struct Facts: Equatable, Sendable {
        /// Its age among others.
        package let seniority: Seniority
        /// Its addresses; none if it is headless.
        package let clusterIPs: [IPAddress]
        /// Its TCP ports, sorted by number.
        package let ports: [Port]

        /// Whether clients call its pods by their own addresses.
        package var isHeadless: Bool { clusterIPs.isEmpty }
    }

    package struct Port: Equatable, Sendable {
        package let port: UInt16
        package let name: String
        package let wireProtocol: WireProtocol
        /// The ports of its pods: sorted; none while they are unknown.
        package let targetPorts: [UInt16]
        /// The one of them that stands for all in the name of the upstream; `nil` while they are unknown.
        package let representative: UInt16?
    }

    package static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> Facts? {
        guard mesh(NamespaceMode.self, name.namespace) != .outside,
            let service = mesh(\.serviceByName, name).first?.valid, service.type != "ExternalName"
        else { return nil }
        let shape = mesh(BackendShape.self, name)
        let hasMeshPods = shape.hasMeshPods || !shape.hasForeign
        guard (!service.selector.isEmpty && hasMeshPods) || mesh(HoldingSplit.self, name) != nil else { return nil }
        let ports = service.ports.filter { $0.applicationProtocol != nil }.sorted { $0.port < $1.port }
        let targets = ports.map { port -> [UInt16] in
            let known = shape.targetPorts[port.name] ?? []
            if known.isEmpty, case .number(let number) = port.targetPort { return [number] }
            return known
        }
        let representatives = representatives(of: targets)
        return Facts(
            seniority: service.metadata.seniority, clusterIPs: service.clusterIPs,
            ports: ports.indices.map { index in
                Port(
                    port: ports[index].port, name: ports[index].name,
                    wireProtocol: ports[index].applicationProtocol == .http ? .http : .tcp,
                    targetPorts: targets[index], representative: representatives[index])
            })
    }

    /// For each set of target ports the one that stands for it, so that different sets have different ones.
    ///
    /// Those with the fewest have the first choice. Where no choice is left the least is shared, and with it the pods.
    private static func representatives(of targets: [[UInt16]]) -> [UInt16?] {
        var sets: [UInt16: [UInt16]] = [:]
        var result = [UInt16?](repeating: nil, count: targets.count)
        for index in targets.indices.sorted(by: { (targets[$0].count, $0) < (targets[$1].count, $1) }) {
            let free = targets[index].first { sets[$0] == nil || sets[$0] == targets[index] }
            guard let number = free ?? targets[index].first else { continue }
            result[index] = number
            if sets[number] == nil { sets[number] = targets[index] }
        }
        return result
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
package enum IdentityServices: MeshQuery {
    package static func evaluate(_ identity: ServiceIdentity, _ mesh: MeshReader) -> [ObjectName] {
        let labels = Set(mesh(\.podsByIdentity, identity).map(\.object.metadata.labels))
        var services: Set<ObjectName> = []
        for labels in labels {
            let key = SelectingServices.Key(namespace: identity.namespace, labels: labels)
            services.formUnion(mesh(SelectingServices.self, key))
        }
        return services.sorted()
    }
}
