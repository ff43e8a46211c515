public import MeshModel

/// A typed change of one row: set, or removed where the row is `nil`.
public enum TableChange: Equatable, Sendable {
    case namespace(ObjectName, ObjectRow<Namespace>?)
    case pod(ObjectName, ObjectRow<Pod>?)
    case service(ObjectName, ObjectRow<Service>?)
    case serviceAccount(ObjectName, ObjectRow<ServiceAccount>?)
    case endpointSlice(ObjectName, ObjectRow<EndpointSlice>?)
    case meshConfig(ObjectName, ObjectRow<MeshConfig>?)
    case trafficTarget(ObjectName, ObjectRow<TrafficTarget>?)
    case httpRouteGroup(ObjectName, ObjectRow<HTTPRouteGroup>?)
    case tcpRoute(ObjectName, ObjectRow<TCPRoute>?)
    case trafficSplit(ObjectName, ObjectRow<TrafficSplit>?)
    case egress(ObjectName, ObjectRow<Egress>?)
    case ingressBackend(ObjectName, ObjectRow<IngressBackend>?)
    case retry(ObjectName, ObjectRow<Retry>?)
    case upstreamTrafficSetting(ObjectName, ObjectRow<UpstreamTrafficSetting>?)
    case telemetry(ObjectName, ObjectRow<Telemetry>?)
    case extensionService(ObjectName, ObjectRow<ExtensionService>?)

    /// The object whose row changes: a later change of it replaces an earlier one.
    public var key: ObjectKey {
        switch self {
        case .namespace(let name, _): ObjectKey(kind: .namespace, name: name)
        case .pod(let name, _): ObjectKey(kind: .pod, name: name)
        case .service(let name, _): ObjectKey(kind: .service, name: name)
        case .serviceAccount(let name, _): ObjectKey(kind: .serviceAccount, name: name)
        case .endpointSlice(let name, _): ObjectKey(kind: .endpointSlice, name: name)
        case .meshConfig(let name, _): ObjectKey(kind: .meshConfig, name: name)
        case .trafficTarget(let name, _): ObjectKey(kind: .trafficTarget, name: name)
        case .httpRouteGroup(let name, _): ObjectKey(kind: .httpRouteGroup, name: name)
        case .tcpRoute(let name, _): ObjectKey(kind: .tcpRoute, name: name)
        case .trafficSplit(let name, _): ObjectKey(kind: .trafficSplit, name: name)
        case .egress(let name, _): ObjectKey(kind: .egress, name: name)
        case .ingressBackend(let name, _): ObjectKey(kind: .ingressBackend, name: name)
        case .retry(let name, _): ObjectKey(kind: .retry, name: name)
        case .upstreamTrafficSetting(let name, _): ObjectKey(kind: .upstreamTrafficSetting, name: name)
        case .telemetry(let name, _): ObjectKey(kind: .telemetry, name: name)
        case .extensionService(let name, _): ObjectKey(kind: .extensionService, name: name)
        }
    }

    /// Whether the row goes away.
    public var isRemoval: Bool {
        switch self {
        case .namespace(_, let row): row == nil
        case .pod(_, let row): row == nil
        case .service(_, let row): row == nil
        case .serviceAccount(_, let row): row == nil
        case .endpointSlice(_, let row): row == nil
        case .meshConfig(_, let row): row == nil
        case .trafficTarget(_, let row): row == nil
        case .httpRouteGroup(_, let row): row == nil
        case .tcpRoute(_, let row): row == nil
        case .trafficSplit(_, let row): row == nil
        case .egress(_, let row): row == nil
        case .ingressBackend(_, let row): row == nil
        case .retry(_, let row): row == nil
        case .upstreamTrafficSetting(_, let row): row == nil
        case .telemetry(_, let row): row == nil
        case .extensionService(_, let row): row == nil
        }
    }
}
