public import Incremental
public import MeshModel
import MeshPolicy

/// What the mesh has to say about an object; `nil` if there is no such object.
public enum DiagnosisQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ key: ObjectKey, _ mesh: MeshReader) -> Diagnosis? {
        guard let diagnosis = diagnosis(key, mesh) else { return nil }
        guard let outside = outside(key, mesh) else { return diagnosis }
        return Diagnosis(refusals: diagnosis.refusals, unresolved: diagnosis.unresolved, outside: outside)
    }

    /// Why an object that users write is none of the mesh's.
    private static func outside(_ key: ObjectKey, _ mesh: MeshReader) -> String? {
        switch key.kind {
        // An ExtensionService is outside the mesh by its nature.
        case .namespace, .pod, .serviceAccount, .endpointSlice, .extensionService: return nil
        case .meshConfig:
            let name = mesh.constant(\.settings).meshConfigName
            return key.name == name ? nil : "the mesh reads the MeshConfig \(name) and no other"
        case .service, .trafficTarget, .httpRouteGroup, .tcpRoute, .trafficSplit, .egress, .ingressBackend, .retry,
            .upstreamTrafficSetting, .telemetry:
            let namespace = key.name.namespace
            // A Telemetry of the controller's namespace is for the whole mesh.
            if key.kind == .telemetry, namespace == mesh.constant(\.settings).osmNamespace { return nil }
            guard mesh(\.meshNamespaceByName, namespace).isEmpty else { return nil }
            let label = "\(MeshLabels.monitoredBy)=\(mesh.constant(\.settings).meshName)"
            return "namespace \(namespace) is not in the mesh: label it with \(label)"
        }
    }

    private static func diagnosis(_ key: ObjectKey, _ mesh: MeshReader) -> Diagnosis? {
        let name = key.name
        switch key.kind {
        case .namespace: return mesh(\.namespaceByName, name.name).first.map { Diagnosis(refusals: $0.problems) }
        case .pod: return mesh(\.podByName, name).first.map { Diagnosis(refusals: $0.problems) }
        case .service: return service(name, mesh)
        case .serviceAccount: return mesh(\.serviceAccountByName, name).first.map { Diagnosis(refusals: $0.problems) }
        case .endpointSlice: return mesh(\.sliceByName, name).first.map { Diagnosis(refusals: $0.problems) }
        case .meshConfig: return mesh(\.meshConfigByName, name).first.map { Diagnosis(refusals: $0.problems) }
        case .trafficTarget:
            return mesh(\.targetByName, name).first.map {
                Diagnosis(refusals: $0.problems, unresolved: mesh(TargetRules.self, name)?.unresolved ?? [])
            }
        case .httpRouteGroup: return mesh(\.routeGroupByName, name).first.map { Diagnosis(refusals: $0.problems) }
        case .tcpRoute: return mesh(\.tcpRouteByName, name).first.map { Diagnosis(refusals: $0.problems) }
        case .trafficSplit: return split(name, mesh)
        case .egress: return egress(name, mesh)
        case .ingressBackend: return ingressBackend(name, mesh)
        case .retry: return retry(name, mesh)
        case .upstreamTrafficSetting: return upstreamTrafficSetting(name, mesh)
        case .telemetry: return telemetry(name, mesh)
        case .extensionService: return extensionService(name, mesh)
        }
    }

    private static func service(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        guard let row = mesh(\.serviceByName, name).first else { return nil }
        var refusals = row.problems
        for port in mesh(MeshService.self, name)?.ports ?? [] {
            // The mesh has them by number and without those of other protocols.
            let index = row.object.ports.firstIndex { $0.port == port.port && $0.transport == "TCP" } ?? 0
            for address in mesh(ClaimedAddresses.self, ServicePort(service: name, port: port.port)) {
                guard let owner = mesh(AddressClaim.self, address), owner.service != name else { continue }
                refusals.append(
                    Problem(
                        path: "spec.ports[\(index)]",
                        message: "\(address) belongs to the Service \(owner.service); clients reach that one"))
            }
        }
        return Diagnosis(refusals: refusals)
    }

    private static func split(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        guard let row = mesh(\.splitByName, name).first else { return nil }
        guard let split = row.valid, let apex = split.apex else { return Diagnosis(refusals: row.problems) }
        if let holder = mesh(HoldingSplit.self, apex), holder.name != name {
            let message = "the older TrafficSplit \(holder.name) divides the requests to \(apex); this one does nothing"
            return Diagnosis(refusals: [Problem(path: "spec.service", message: message)])
        }
        return Diagnosis(unresolved: SplitReferences.unresolved(split, apex, mesh))
    }
}

/// What a split names that is not there.
private enum SplitReferences {
    static func unresolved(_ split: TrafficSplit, _ apex: ObjectName, _ mesh: MeshReader) -> [Problem] {
        guard let facts = mesh(MeshService.self, apex) else {
            return [Problem(path: "spec.service", message: "there is no Service \(apex) in the mesh")]
        }
        var problems: [Problem] = []
        for (index, backend) in split.backends.enumerated() {
            let path = "spec.backends[\(index)].service"
            let name = ObjectName(namespace: split.namespace, name: backend.service)
            guard let backend = mesh(MeshService.self, name) else {
                problems.append(Problem(path: path, message: "there is no Service \(name) in the mesh; it is left out"))
                continue
            }
            for port in facts.ports where !backend.ports.contains(where: { $0.port == port.port }) {
                let message = "Service \(name) has no port \(port.port) as \(apex) has; it is left out there"
                problems.append(Problem(path: path, message: message))
            }
        }
        for (index, reference) in split.matches.enumerated() {
            let group = ObjectName(namespace: split.namespace, name: reference.name)
            guard mesh(GroupMatches.self, group) == nil else { continue }
            let message = "there is no valid HTTPRouteGroup \(group); it selects no request"
            problems.append(Problem(path: "spec.matches[\(index)].name", message: message))
        }
        for port in facts.ports where port.wireProtocol == .tcp && !split.matches.isEmpty {
            let message =
                "port \(port.port) of \(apex) is TCP: matches select HTTP requests only, all connections are split"
            problems.append(Problem(path: "spec.matches", message: message))
        }
        return problems
    }
}
