package import MeshModel
package import PolicyCompiler

/// Every object that a mesh is made of, by kind and name, with those that are malformed.
package struct MeshContents: Equatable, Sendable {
    package private(set) var namespaces: [ObjectName: ObjectRow<Namespace>] = [:]
    package private(set) var pods: [ObjectName: ObjectRow<Pod>] = [:]
    package private(set) var services: [ObjectName: ObjectRow<Service>] = [:]
    package private(set) var serviceAccounts: [ObjectName: ObjectRow<ServiceAccount>] = [:]
    package private(set) var endpointSlices: [ObjectName: ObjectRow<EndpointSlice>] = [:]
    package private(set) var meshConfigs: [ObjectName: ObjectRow<MeshConfig>] = [:]
    package private(set) var trafficTargets: [ObjectName: ObjectRow<TrafficTarget>] = [:]
    package private(set) var httpRouteGroups: [ObjectName: ObjectRow<HTTPRouteGroup>] = [:]
    package private(set) var tcpRoutes: [ObjectName: ObjectRow<TCPRoute>] = [:]
    package private(set) var trafficSplits: [ObjectName: ObjectRow<TrafficSplit>] = [:]
    package private(set) var egresses: [ObjectName: ObjectRow<Egress>] = [:]
    package private(set) var ingressBackends: [ObjectName: ObjectRow<IngressBackend>] = [:]
    package private(set) var retries: [ObjectName: ObjectRow<Retry>] = [:]
    package private(set) var upstreamTrafficSettings: [ObjectName: ObjectRow<UpstreamTrafficSetting>] = [:]
    package private(set) var telemetries: [ObjectName: ObjectRow<Telemetry>] = [:]
    package private(set) var extensionServices: [ObjectName: ObjectRow<ExtensionService>] = [:]

    /// Nothing.
    package init() {}

    /// What changes make of nothing.
    package init(_ changes: [TableChange]) {
        for change in changes { apply(change) }
    }

    /// Takes up one change.
    package mutating func apply(_ change: TableChange) {
        switch change {
        case .namespace(let name, let row): namespaces[name] = row
        case .pod(let name, let row): pods[name] = row
        case .service(let name, let row): services[name] = row
        case .serviceAccount(let name, let row): serviceAccounts[name] = row
        case .endpointSlice(let name, let row): endpointSlices[name] = row
        case .meshConfig(let name, let row): meshConfigs[name] = row
        case .trafficTarget(let name, let row): trafficTargets[name] = row
        case .httpRouteGroup(let name, let row): httpRouteGroups[name] = row
        case .tcpRoute(let name, let row): tcpRoutes[name] = row
        case .trafficSplit(let name, let row): trafficSplits[name] = row
        case .egress(let name, let row): egresses[name] = row
        case .ingressBackend(let name, let row): ingressBackends[name] = row
        case .retry(let name, let row): retries[name] = row
        case .upstreamTrafficSetting(let name, let row): upstreamTrafficSettings[name] = row
        case .telemetry(let name, let row): telemetries[name] = row
        case .extensionService(let name, let row): extensionServices[name] = row
        }
    }

    /// What makes these contents of others: by kind, then name.
    package func changes(from old: MeshContents) -> [TableChange] {
        func changes<Object: TableObject>(
            _ kind: KeyPath<MeshContents, [ObjectName: ObjectRow<Object>]>
        ) -> [TableChange] {
            let (before, after) = (old[keyPath: kind], self[keyPath: kind])
            return Set(before.keys).union(after.keys).sorted().filter { before[$0] != after[$0] }
                .map { Object.change($0, after[$0]) }
        }
        return changes(\.namespaces) + changes(\.pods) + changes(\.services) + changes(\.serviceAccounts)
            + changes(\.endpointSlices) + changes(\.meshConfigs) + changes(\.trafficTargets)
            + changes(\.httpRouteGroups) + changes(\.tcpRoutes) + changes(\.trafficSplits) + changes(\.egresses)
            + changes(\.ingressBackends) + changes(\.retries) + changes(\.upstreamTrafficSettings)
            + changes(\.telemetries) + changes(\.extensionServices)
    }

    /// Everything, as changes from nothing: by kind, then name.
    package var changes: [TableChange] { changes(from: MeshContents()) }

    /// Every object: by kind, then name.
    package var keys: [ObjectKey] { changes.map(\.key).sorted() }

    /// The pods of the mesh's TLS that have not ended and that a Service selects: sorted by name.
    package func pods(behind service: ObjectName) -> [Pod] {
        guard let service = services[service]?.valid else { return [] }
        return pods.values.compactMap(\.valid).filter { pod in
            pod.namespace == service.namespace && service.selects(pod.metadata.labels) && pod.isMeshPod
                && !pod.isTerminal
        }
        .sorted { $0.name < $1.name }
    }
}
