public import MeshModel
public import PolicyCompiler

/// What a batch of changes made different, as far as statuses follow from it; `nil` stands for what is gone.
public struct StatusChange: Sendable {
    /// The batch.
    public var objects: [TableChange]
    /// What the mesh has to say about objects.
    public var diagnoses: [ObjectKey: Diagnosis?]
    /// The proxies, by their pods.
    public var views: [ObjectName: PodView.View?]
    /// What is in a layer.
    public var layers: [ViewLayer.Key: [DerivedResource]?]
    /// Who decides what is in a layer (``LayerOriginsQuery``).
    public var deciders: [ViewLayer.Key: [ObjectKey]?]
    /// Who shaped a resource.
    public var origins: [DerivedResource: [ObjectKey]?]

    /// A change; of nothing by default.
    public init(
        objects: [TableChange] = [], diagnoses: [ObjectKey: Diagnosis?] = [:],
        views: [ObjectName: PodView.View?] = [:], layers: [ViewLayer.Key: [DerivedResource]?] = [:],
        deciders: [ViewLayer.Key: [ObjectKey]?] = [:], origins: [DerivedResource: [ObjectKey]?] = [:]
    ) {
        self.objects = objects
        self.diagnoses = diagnoses
        self.views = views
        self.layers = layers
        self.deciders = deciders
        self.origins = origins
    }
}

extension ObjectKind {
    /// Whether users write objects of this kind to say what the mesh should do.
    var hasStatus: Bool {
        switch self {
        case .service, .meshConfig, .trafficTarget, .httpRouteGroup, .tcpRoute, .trafficSplit, .egress, .ingressBackend,
            .retry, .upstreamTrafficSetting, .telemetry, .extensionService:
            true
        case .namespace, .pod, .serviceAccount, .endpointSlice: false
        }
    }
}

extension TableChange {
    /// The uid and generation of the row's object, and what is wrong with it by itself; `nil` for a removal, and for kinds
    /// that have no status.
    var reported: (uid: String, generation: Int64, problems: [Problem])? {
        func of(_ row: ObjectRow<some MeshObject>?) -> (uid: String, generation: Int64, problems: [Problem])? {
            row.map { ($0.object.metadata.uid, $0.object.metadata.generation, $0.problems) }
        }
        switch self {
        case .service(_, let row): return of(row)
        case .meshConfig(_, let row): return of(row)
        case .trafficTarget(_, let row): return of(row)
        case .httpRouteGroup(_, let row): return of(row)
        case .tcpRoute(_, let row): return of(row)
        case .trafficSplit(_, let row): return of(row)
        case .egress(_, let row): return of(row)
        case .ingressBackend(_, let row): return of(row)
        case .retry(_, let row): return of(row)
        case .upstreamTrafficSetting(_, let row): return of(row)
        case .telemetry(_, let row): return of(row)
        case .extensionService(_, let row): return of(row)
        case .namespace, .pod, .serviceAccount, .endpointSlice: return nil
        }
    }
}
