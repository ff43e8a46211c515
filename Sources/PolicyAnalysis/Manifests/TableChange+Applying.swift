import MeshModel
import PolicyCompiler

extension TableChange {
    /// The change with what an object that exists keeps when a manifest is applied to it: its age, id and generation, labels
    /// and annotations that the manifest does not name, and of a Service its addresses.
    func keepingIdentity(of live: MeshContents) -> TableChange {
        func kept<Object: TableObject>(
            _ name: ObjectName, _ row: ObjectRow<Object>?, _ old: ObjectRow<Object>?,
            _ metadata: WritableKeyPath<Object, ObjectMetadata>
        ) -> TableChange {
            guard let row, let old else { return Object.change(name, row) }
            var object = row.object
            let before = old.object.metadata
            object[keyPath: metadata].uid = before.uid
            object[keyPath: metadata].creation = before.creation
            // The server counts changes, and nothing is compiled of the count.
            object[keyPath: metadata].generation = before.generation
            object[keyPath: metadata].labels.merge(before.labels) { own, _ in own }
            object[keyPath: metadata].annotations.merge(before.annotations) { own, _ in own }
            return Object.change(name, ObjectRow(object: object, problems: row.problems))
        }
        switch self {
        case .namespace(let name, let row): return kept(name, row, live.namespaces[name], \.metadata)
        case .service(let name, var row?):
            if row.object.clusterIPs.isEmpty, let old = live.services[name]?.object, !old.clusterIPs.isEmpty {
                var service = row.object
                service.clusterIPs = old.clusterIPs
                row = ObjectRow(object: service, problems: row.problems)
            }
            return kept(name, row, live.services[name], \.metadata)
        case .serviceAccount(let name, let row): return kept(name, row, live.serviceAccounts[name], \.metadata)
        case .meshConfig(let name, let row): return kept(name, row, live.meshConfigs[name], \.metadata)
        case .trafficTarget(let name, let row): return kept(name, row, live.trafficTargets[name], \.metadata)
        case .httpRouteGroup(let name, let row): return kept(name, row, live.httpRouteGroups[name], \.metadata)
        case .tcpRoute(let name, let row): return kept(name, row, live.tcpRoutes[name], \.metadata)
        case .trafficSplit(let name, let row): return kept(name, row, live.trafficSplits[name], \.metadata)
        case .egress(let name, let row): return kept(name, row, live.egresses[name], \.metadata)
        case .ingressBackend(let name, let row): return kept(name, row, live.ingressBackends[name], \.metadata)
        case .retry(let name, let row): return kept(name, row, live.retries[name], \.metadata)
        case .upstreamTrafficSetting(let name, let row):
            return kept(name, row, live.upstreamTrafficSettings[name], \.metadata)
        case .telemetry(let name, let row): return kept(name, row, live.telemetries[name], \.metadata)
        case .extensionService(let name, let row): return kept(name, row, live.extensionServices[name], \.metadata)
        case .pod, .endpointSlice, .service: return self
        }
    }

    /// The change that removes the object of a policy; `nil` for other kinds.
    var removal: TableChange? {
        switch self {
        case .trafficTarget(let name, _): .trafficTarget(name, nil)
        case .httpRouteGroup(let name, _): .httpRouteGroup(name, nil)
        case .tcpRoute(let name, _): .tcpRoute(name, nil)
        case .trafficSplit(let name, _): .trafficSplit(name, nil)
        case .egress(let name, _): .egress(name, nil)
        case .ingressBackend(let name, _): .ingressBackend(name, nil)
        case .retry(let name, _): .retry(name, nil)
        case .upstreamTrafficSetting(let name, _): .upstreamTrafficSetting(name, nil)
        case .telemetry(let name, _): .telemetry(name, nil)
        case .extensionService(let name, _): .extensionService(name, nil)
        case .namespace, .pod, .service, .serviceAccount, .endpointSlice, .meshConfig: nil
        }
    }
}

extension ObjectKind {
    /// Whether users write objects of the kind to say what the mesh is to do.
    var isPolicy: Bool {
        switch self {
        case .trafficTarget, .httpRouteGroup, .tcpRoute, .trafficSplit, .egress, .ingressBackend, .retry,
            .upstreamTrafficSetting, .telemetry, .extensionService:
            true
        case .namespace, .pod, .service, .serviceAccount, .endpointSlice, .meshConfig: false
        }
    }
}
