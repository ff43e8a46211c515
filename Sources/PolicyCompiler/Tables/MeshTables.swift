public import Incremental
public import MeshModel

/// The objects of the mesh, and the indexes by which queries read them.
///
/// An index bucket is a unit of dependency: a query that reads one is evaluated again only when a row in it changes.
public final class MeshTables {
    /// Where the mesh's own objects are, and what it is called.
    public let settings: MeshSettings

    let namespaces: Table<ObjectRow<Namespace>>
    let pods: Table<ObjectRow<Pod>>
    let services: Table<ObjectRow<Service>>
    let serviceAccounts: Table<ObjectRow<ServiceAccount>>
    let endpointSlices: Table<ObjectRow<EndpointSlice>>
    let meshConfigs: Table<ObjectRow<MeshConfig>>
    let meshAspects: Table<MeshAspect>
    let trafficTargets: Table<ObjectRow<TrafficTarget>>
    let httpRouteGroups: Table<ObjectRow<HTTPRouteGroup>>
    let tcpRoutes: Table<ObjectRow<TCPRoute>>
    let trafficSplits: Table<ObjectRow<TrafficSplit>>
    let egresses: Table<ObjectRow<Egress>>
    let ingressBackends: Table<ObjectRow<IngressBackend>>
    let retries: Table<ObjectRow<Retry>>
    let upstreamTrafficSettings: Table<ObjectRow<UpstreamTrafficSetting>>
    let telemetries: Table<ObjectRow<Telemetry>>
    let extensionServices: Table<ObjectRow<ExtensionService>>
    let trustBundles: Table<TrustBundle>
    let demands: Table<IdentityDemand>
    let lazyBeginnings: Table<LazyBeginning.Beginning>

    let namespaceByName: Index<String, ObjectRow<Namespace>>
    /// Namespaces of the mesh by name.
    let meshNamespaceByName: Index<String, ObjectRow<Namespace>>
    /// Every namespace of the mesh.
    let meshNamespaces: Index<Whole, ObjectRow<Namespace>>
    let podByName: Index<ObjectName, ObjectRow<Pod>>
    /// Mesh pods that have not ended.
    let podsByIdentity: Index<ServiceIdentity, ObjectRow<Pod>>
    /// Mesh pods that have not ended.
    let podsByAddress: Index<IPAddress, ObjectRow<Pod>>
    let serviceByName: Index<ObjectName, ObjectRow<Service>>
    let servicesByNamespace: Index<String, ObjectRow<Service>>
    let servicesByAddress: Index<IPAddress, ObjectRow<Service>>
    /// Services under one pair of their selector, the one with the least key.
    let servicesBySelector: Index<SelectorPair, ObjectRow<Service>>
    let serviceAccountByName: Index<ObjectName, ObjectRow<ServiceAccount>>
    let sliceByName: Index<ObjectName, ObjectRow<EndpointSlice>>
    let slicesByService: Index<ObjectName, ObjectRow<EndpointSlice>>
    let meshConfigByName: Index<ObjectName, ObjectRow<MeshConfig>>
    /// The one MeshConfig that counts.
    let meshConfig: Index<Whole, ObjectRow<MeshConfig>>
    /// What that says, by parts; none without it.
    let meshAspect: Index<MeshAspect.Name, MeshAspect>
    let targetByName: Index<ObjectName, ObjectRow<TrafficTarget>>
    let targetsByDestination: Index<ServiceIdentity, ObjectRow<TrafficTarget>>
    let targetsBySource: Index<ServiceIdentity, ObjectRow<TrafficTarget>>
    let routeGroupByName: Index<ObjectName, ObjectRow<HTTPRouteGroup>>
    let tcpRouteByName: Index<ObjectName, ObjectRow<TCPRoute>>
    let splitByName: Index<ObjectName, ObjectRow<TrafficSplit>>
    let splitsByApex: Index<ObjectName, ObjectRow<TrafficSplit>>
    let splitsByBackend: Index<ObjectName, ObjectRow<TrafficSplit>>
    let egressByName: Index<ObjectName, ObjectRow<Egress>>
    let egressesBySource: Index<ServiceIdentity, ObjectRow<Egress>>
    let egressesBySetting: Index<ObjectName, ObjectRow<Egress>>
    let ingressBackendByName: Index<ObjectName, ObjectRow<IngressBackend>>
    let ingressBackendsByTarget: Index<ServiceTargetPort, ObjectRow<IngressBackend>>
    let retryByName: Index<ObjectName, ObjectRow<Retry>>
    /// Valid Retries by their source.
    let retriesBySource: Index<ServiceIdentity, ObjectRow<Retry>>
    let upstreamTrafficSettingByName: Index<ObjectName, ObjectRow<UpstreamTrafficSetting>>
    /// Those of a Service of the mesh; an external host has none.
    let upstreamTrafficSettingsByService: Index<ObjectName, ObjectRow<UpstreamTrafficSetting>>
    /// Valid settings of services whose clients prefer their own zone.
    let settingsPreferringZone: Index<Whole, ObjectRow<UpstreamTrafficSetting>>
    let telemetryByName: Index<ObjectName, ObjectRow<Telemetry>>
    let telemetriesByNamespace: Index<String, ObjectRow<Telemetry>>
    let extensionServiceByName: Index<ObjectName, ObjectRow<ExtensionService>>
    let trustBundle: Index<Whole, TrustBundle>
    let demandByIdentity: Index<ServiceIdentity, IdentityDemand>
    /// Since when pods have lazy views; none while none has.
    let lazyBeginning: Index<Whole, LazyBeginning.Beginning>

    /// Empty tables.
    public init(in dependencies: Dependencies, settings: MeshSettings) {
        self.settings = settings
        let meshName = settings.meshName
        namespaces = Table(in: dependencies)
        namespaceByName = namespaces.index { [$0.id.name] }
        meshNamespaceByName = namespaces.index { $0.object.isInMesh(named: meshName) ? [$0.id.name] : [] }
        meshNamespaces = namespaces.index { $0.object.isInMesh(named: meshName) ? [Whole.one] : [] }
        pods = Table(in: dependencies)
        podByName = pods.index { [$0.id] }
        podsByIdentity = pods.index { row in
            row.object.isMeshPod && !row.object.isTerminal ? [row.object.identity] : []
        }
        podsByAddress = pods.index { row in
            row.object.isMeshPod && !row.object.isTerminal ? row.object.addresses : []
        }
        services = Table(in: dependencies)
        serviceByName = services.index { [$0.id] }
        servicesByNamespace = services.index { [$0.id.namespace] }
        servicesByAddress = services.index { $0.object.clusterIPs }
        servicesBySelector = services.index { SelectorPair(of: $0.object).map { [$0] } ?? [] }
        serviceAccounts = Table(in: dependencies)
        serviceAccountByName = serviceAccounts.index { [$0.id] }
        endpointSlices = Table(in: dependencies)
        sliceByName = endpointSlices.index { [$0.id] }
        slicesByService = endpointSlices.index { $0.object.service.map { [$0] } ?? [] }
        meshConfigs = Table(in: dependencies)
        meshConfigByName = meshConfigs.index { [$0.id] }
        let meshConfigName = settings.meshConfigName
        meshConfig = meshConfigs.index { $0.id == meshConfigName ? [Whole.one] : [] }
        meshAspects = Table(in: dependencies)
        meshAspect = meshAspects.index { [$0.id] }
        trafficTargets = Table(in: dependencies)
        targetByName = trafficTargets.index { [$0.id] }
        targetsByDestination = trafficTargets.index { $0.valid?.destinationIdentity.map { [$0] } ?? [] }
        targetsBySource = trafficTargets.index { $0.valid?.sourceIdentities ?? [] }
        httpRouteGroups = Table(in: dependencies)
        routeGroupByName = httpRouteGroups.index { [$0.id] }
        tcpRoutes = Table(in: dependencies)
        tcpRouteByName = tcpRoutes.index { [$0.id] }
        trafficSplits = Table(in: dependencies)
        splitByName = trafficSplits.index { [$0.id] }
        splitsByApex = trafficSplits.index { $0.valid?.apex.map { [$0] } ?? [] }
        splitsByBackend = trafficSplits.index { row in
            row.valid?.backends.map { ObjectName(namespace: row.id.namespace, name: $0.service) } ?? []
        }
        egresses = Table(in: dependencies)
        egressByName = egresses.index { [$0.id] }
        egressesBySource = egresses.index { $0.valid?.sourceIdentities ?? [] }
        egressesBySetting = egresses.index { [$0.valid?.trafficSetting].compactMap(\.self) }
        ingressBackends = Table(in: dependencies)
        ingressBackendByName = ingressBackends.index { [$0.id] }
        ingressBackendsByTarget = ingressBackends.index { $0.valid?.targets ?? [] }
        retries = Table(in: dependencies)
        retryByName = retries.index { [$0.id] }
        retriesBySource = retries.index { $0.valid?.sourceIdentity.map { [$0] } ?? [] }
        upstreamTrafficSettings = Table(in: dependencies)
        upstreamTrafficSettingByName = upstreamTrafficSettings.index { [$0.id] }
        upstreamTrafficSettingsByService = upstreamTrafficSettings.index { $0.valid?.service.map { [$0] } ?? [] }
        settingsPreferringZone = upstreamTrafficSettings.index {
            $0.valid?.service != nil && $0.valid?.loadBalancing?.preferLocality == true ? [Whole.one] : []
        }
        telemetries = Table(in: dependencies)
        telemetryByName = telemetries.index { [$0.id] }
        telemetriesByNamespace = telemetries.index { $0.isValid ? [$0.id.namespace] : [] }
        extensionServices = Table(in: dependencies)
        extensionServiceByName = extensionServices.index { [$0.id] }
        trustBundles = Table(in: dependencies)
        trustBundle = trustBundles.index { [$0.id] }
        demands = Table(in: dependencies)
        demandByIdentity = demands.index { [$0.id] }
        lazyBeginnings = Table(in: dependencies)
        lazyBeginning = lazyBeginnings.index { [$0.id] }
    }

    /// Puts one change into its table.
    ///
    /// An equal row changes nothing.
    public func apply(_ change: TableChange) {
        switch change {
        case .namespace(let name, let row): namespaces.set(row, for: name)
        case .pod(let name, let row): pods.set(row, for: name)
        case .service(let name, let row): services.set(row, for: name)
        case .serviceAccount(let name, let row): serviceAccounts.set(row, for: name)
        case .endpointSlice(let name, let row): endpointSlices.set(row, for: name)
        case .meshConfig(let name, let row):
            meshConfigs.set(row, for: name)
            if name == settings.meshConfigName { setAspects(of: row?.object.inEffect) }
        case .trafficTarget(let name, let row): trafficTargets.set(row, for: name)
        case .httpRouteGroup(let name, let row): httpRouteGroups.set(row, for: name)
        case .tcpRoute(let name, let row): tcpRoutes.set(row, for: name)
        case .trafficSplit(let name, let row): trafficSplits.set(row, for: name)
        case .egress(let name, let row): egresses.set(row, for: name)
        case .ingressBackend(let name, let row): ingressBackends.set(row, for: name)
        case .retry(let name, let row): retries.set(row, for: name)
        case .upstreamTrafficSetting(let name, let row): upstreamTrafficSettings.set(row, for: name)
        case .telemetry(let name, let row): telemetries.set(row, for: name)
        case .extensionService(let name, let row): extensionServices.set(row, for: name)
        }
    }

    /// Whether a change would make a difference.
    public func differs(_ change: TableChange) -> Bool {
        switch change {
        case .namespace(let name, let row): namespaces[name] != row
        case .pod(let name, let row): pods[name] != row
        case .service(let name, let row): services[name] != row
        case .serviceAccount(let name, let row): serviceAccounts[name] != row
        case .endpointSlice(let name, let row): endpointSlices[name] != row
        case .meshConfig(let name, let row): meshConfigs[name] != row
        case .trafficTarget(let name, let row): trafficTargets[name] != row
        case .httpRouteGroup(let name, let row): httpRouteGroups[name] != row
        case .tcpRoute(let name, let row): tcpRoutes[name] != row
        case .trafficSplit(let name, let row): trafficSplits[name] != row
        case .egress(let name, let row): egresses[name] != row
        case .ingressBackend(let name, let row): ingressBackends[name] != row
        case .retry(let name, let row): retries[name] != row
        case .upstreamTrafficSetting(let name, let row): upstreamTrafficSettings[name] != row
        case .telemetry(let name, let row): telemetries[name] != row
        case .extensionService(let name, let row): extensionServices[name] != row
        }
    }

    private func setAspects(of config: MeshConfig?) {
        for name in MeshAspect.Name.allCases {
            meshAspects.set(config.map { MeshAspect(name, of: $0) }, for: name)
        }
    }

    /// Sets what the mesh trusts.
    public func apply(_ bundle: TrustBundle) { trustBundles.set(bundle, for: bundle.id) }
}

/// What is fixed for the life of a controller.
public struct MeshSettings: Hashable, Sendable {
    /// The mesh's name, the value of the label `openservicemesh.io/monitored-by`.
    public let meshName: String
    /// The namespace of the controller and its MeshConfig.
    public let osmNamespace: String
    /// Of more service ports that every client may call, a proxy sees only those that pods of its identity have called;
    /// `nil` for always all.
    public let lazyThreshold: Int?
    /// The threshold of a controller that is not told another one.
    public static let initialLazyThreshold = 100

    /// Settings; the defaults are the original's.
    public init(meshName: String = "osm", osmNamespace: String = "osm-system", lazyThreshold: Int? = nil) {
        self.lazyThreshold = lazyThreshold
        self.meshName = meshName
        self.osmNamespace = osmNamespace
    }

    /// The one MeshConfig that counts: `osm-mesh-config` in the controller's namespace.
    public var meshConfigName: ObjectName { ObjectName(namespace: osmNamespace, name: "osm-mesh-config") }
}

/// A namespace and one label that a Service in it asks for.
struct SelectorPair: Hashable, Sendable {
    let namespace: String
    let key: String
    let value: String

    init(namespace: String, key: String, value: String) {
        self.namespace = namespace
        self.key = key
        self.value = value
    }

    /// The pair with the least key of a service's selector; `nil` if it has no selector.
    init?(of service: Service) {
        guard let (key, value) = service.selector.min(by: { $0.key < $1.key }) else { return nil }
        self.init(namespace: service.namespace, key: key, value: value)
    }
}
