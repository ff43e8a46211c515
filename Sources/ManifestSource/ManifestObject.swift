public import MeshModel

/// An object of any kind that the mesh reads.
public enum ManifestObject: Equatable, Sendable {
    case namespace(Namespace)
    case pod(Pod)
    case service(Service)
    case serviceAccount(ServiceAccount)
    case endpointSlice(EndpointSlice)
    case meshConfig(MeshConfig)
    case trafficTarget(TrafficTarget)
    case httpRouteGroup(HTTPRouteGroup)
    case tcpRoute(TCPRoute)
    case trafficSplit(TrafficSplit)
    case egress(Egress)
    case ingressBackend(IngressBackend)
    case retry(Retry)
    case upstreamTrafficSetting(UpstreamTrafficSetting)
    case telemetry(Telemetry)
    case extensionService(ExtensionService)

    /// Reads an object of a kind.
    ///
    /// - Throws: `DecodingError`.
    init(_ kind: ObjectKind, from node: YAMLNode) throws {
        self =
            switch kind {
            case .namespace: .namespace(try node.decode(Namespace.self))
            case .pod: .pod(try node.decode(Pod.self))
            case .service: .service(try node.decode(Service.self))
            case .serviceAccount: .serviceAccount(try node.decode(ServiceAccount.self))
            case .endpointSlice: .endpointSlice(try node.decode(EndpointSlice.self))
            case .meshConfig: .meshConfig(try node.decode(MeshConfig.self))
            case .trafficTarget: .trafficTarget(try node.decode(TrafficTarget.self))
            case .httpRouteGroup: .httpRouteGroup(try node.decode(HTTPRouteGroup.self))
            case .tcpRoute: .tcpRoute(try node.decode(TCPRoute.self))
            case .trafficSplit: .trafficSplit(try node.decode(TrafficSplit.self))
            case .egress: .egress(try node.decode(Egress.self))
            case .ingressBackend: .ingressBackend(try node.decode(IngressBackend.self))
            case .retry: .retry(try node.decode(Retry.self))
            case .upstreamTrafficSetting: .upstreamTrafficSetting(try node.decode(UpstreamTrafficSetting.self))
            case .telemetry: .telemetry(try node.decode(Telemetry.self))
            case .extensionService: .extensionService(try node.decode(ExtensionService.self))
            }
    }

    /// The object itself.
    public var object: any MeshObject {
        switch self {
        case .namespace(let object): object
        case .pod(let object): object
        case .service(let object): object
        case .serviceAccount(let object): object
        case .endpointSlice(let object): object
        case .meshConfig(let object): object
        case .trafficTarget(let object): object
        case .httpRouteGroup(let object): object
        case .tcpRoute(let object): object
        case .trafficSplit(let object): object
        case .egress(let object): object
        case .ingressBackend(let object): object
        case .retry(let object): object
        case .upstreamTrafficSetting(let object): object
        case .telemetry(let object): object
        case .extensionService(let object): object
        }
    }

    /// Kind, namespace and name.
    public var key: ObjectKey { object.key }

    /// The object with another generation.
    func withGeneration(_ generation: Int64) -> ManifestObject {
        switch self {
        case .namespace(var object):
            object.metadata.generation = generation
            return .namespace(object)
        case .pod(var object):
            object.metadata.generation = generation
            return .pod(object)
        case .service(var object):
            object.metadata.generation = generation
            return .service(object)
        case .serviceAccount(var object):
            object.metadata.generation = generation
            return .serviceAccount(object)
        case .endpointSlice(var object):
            object.metadata.generation = generation
            return .endpointSlice(object)
        case .meshConfig(var object):
            object.metadata.generation = generation
            return .meshConfig(object)
        case .trafficTarget(var object):
            object.metadata.generation = generation
            return .trafficTarget(object)
        case .httpRouteGroup(var object):
            object.metadata.generation = generation
            return .httpRouteGroup(object)
        case .tcpRoute(var object):
            object.metadata.generation = generation
            return .tcpRoute(object)
        case .trafficSplit(var object):
            object.metadata.generation = generation
            return .trafficSplit(object)
        case .egress(var object):
            object.metadata.generation = generation
            return .egress(object)
        case .ingressBackend(var object):
            object.metadata.generation = generation
            return .ingressBackend(object)
        case .retry(var object):
            object.metadata.generation = generation
            return .retry(object)
        case .upstreamTrafficSetting(var object):
            object.metadata.generation = generation
            return .upstreamTrafficSetting(object)
        case .telemetry(var object):
            object.metadata.generation = generation
            return .telemetry(object)
        case .extensionService(var object):
            object.metadata.generation = generation
            return .extensionService(object)
        }
    }
}
