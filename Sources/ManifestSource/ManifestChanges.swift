public import MeshModel

/// What became different at once, by kind.
///
/// Of each kind: sorted by namespace and name, no object twice.
public struct ManifestChanges: Equatable, Sendable {
    /// The changed Namespaces.
    public private(set) var namespaces: [ObjectChange<Namespace>] = []
    /// The changed Pods.
    public private(set) var pods: [ObjectChange<Pod>] = []
    /// The changed Services.
    public private(set) var services: [ObjectChange<Service>] = []
    /// The changed ServiceAccounts.
    public private(set) var serviceAccounts: [ObjectChange<ServiceAccount>] = []
    /// The changed EndpointSlices.
    public private(set) var endpointSlices: [ObjectChange<EndpointSlice>] = []
    /// The changed MeshConfigs.
    public private(set) var meshConfigs: [ObjectChange<MeshConfig>] = []
    /// The changed TrafficTargets.
    public private(set) var trafficTargets: [ObjectChange<TrafficTarget>] = []
    /// The changed HTTPRouteGroups.
    public private(set) var httpRouteGroups: [ObjectChange<HTTPRouteGroup>] = []
    /// The changed TCPRoutes.
    public private(set) var tcpRoutes: [ObjectChange<TCPRoute>] = []
    /// The changed TrafficSplits.
    public private(set) var trafficSplits: [ObjectChange<TrafficSplit>] = []
    /// The changed objects of the kind Egress.
    public private(set) var egresses: [ObjectChange<Egress>] = []
    /// The changed objects of the kind IngressBackend.
    public private(set) var ingressBackends: [ObjectChange<IngressBackend>] = []
    /// The changed objects of the kind Retry.
    public private(set) var retries: [ObjectChange<Retry>] = []
    /// The changed objects of the kind UpstreamTrafficSetting.
    public private(set) var upstreamTrafficSettings: [ObjectChange<UpstreamTrafficSetting>] = []
    /// The changed objects of the kind Telemetry.
    public private(set) var telemetries: [ObjectChange<Telemetry>] = []
    /// The changed objects of the kind ExtensionService.
    public private(set) var extensionServices: [ObjectChange<ExtensionService>] = []

    /// No change.
    public init() {}

    /// The number of changed objects.
    public var count: Int {
        namespaces.count + pods.count + services.count + serviceAccounts.count + endpointSlices.count
            + meshConfigs.count + trafficTargets.count + httpRouteGroups.count + tcpRoutes.count + trafficSplits.count
            + egresses.count + ingressBackends.count + retries.count
            + upstreamTrafficSettings.count + telemetries.count + extensionServices.count
    }

    /// Whether nothing changed.
    public var isEmpty: Bool { count == 0 }

    /// Adds an object that is new or different; to be called in the order of names.
    mutating func set(_ object: ManifestObject) {
        switch object {
        case .namespace(let object): namespaces.append(.set(object))
        case .pod(let object): pods.append(.set(object))
        case .service(let object): services.append(.set(object))
        case .serviceAccount(let object): serviceAccounts.append(.set(object))
        case .endpointSlice(let object): endpointSlices.append(.set(object))
        case .meshConfig(let object): meshConfigs.append(.set(object))
        case .trafficTarget(let object): trafficTargets.append(.set(object))
        case .httpRouteGroup(let object): httpRouteGroups.append(.set(object))
        case .tcpRoute(let object): tcpRoutes.append(.set(object))
        case .trafficSplit(let object): trafficSplits.append(.set(object))
        case .egress(let object): egresses.append(.set(object))
        case .ingressBackend(let object): ingressBackends.append(.set(object))
        case .retry(let object): retries.append(.set(object))
        case .upstreamTrafficSetting(let object): upstreamTrafficSettings.append(.set(object))
        case .telemetry(let object): telemetries.append(.set(object))
        case .extensionService(let object): extensionServices.append(.set(object))
        }
    }

    /// Adds an object that is gone; to be called in the order of names.
    mutating func remove(_ key: ObjectKey) {
        switch key.kind {
        case .namespace: namespaces.append(.remove(key.name))
        case .pod: pods.append(.remove(key.name))
        case .service: services.append(.remove(key.name))
        case .serviceAccount: serviceAccounts.append(.remove(key.name))
        case .endpointSlice: endpointSlices.append(.remove(key.name))
        case .meshConfig: meshConfigs.append(.remove(key.name))
        case .trafficTarget: trafficTargets.append(.remove(key.name))
        case .httpRouteGroup: httpRouteGroups.append(.remove(key.name))
        case .tcpRoute: tcpRoutes.append(.remove(key.name))
        case .trafficSplit: trafficSplits.append(.remove(key.name))
        case .egress: egresses.append(.remove(key.name))
        case .ingressBackend: ingressBackends.append(.remove(key.name))
        case .retry: retries.append(.remove(key.name))
        case .upstreamTrafficSetting: upstreamTrafficSettings.append(.remove(key.name))
        case .telemetry: telemetries.append(.remove(key.name))
        case .extensionService: extensionServices.append(.remove(key.name))
        }
    }
}
