internal import KubernetesClient
internal import MeshModel
internal import PolicyAnalysis
internal import PolicyCompiler

/// The objects of a mesh in a cluster, read once.
struct LiveMesh: Sendable {
    /// Every object of the kinds that the mesh reads, those that are malformed with what is wrong with them.
    private(set) var contents = MeshContents()
    /// The kinds that the cluster does not serve: in the order in which they are read.
    private(set) var missing: [ObjectKind] = []
    /// What could not be read at all, in sentences.
    private(set) var unreadable: [String] = []

    /// Reads what there is; kinds that the cluster does not serve have no objects.
    ///
    /// - Throws: ``KubernetesError`` where something may not, or cannot, be read.
    init(of cluster: ClusterConnection) async throws {
        async let namespaces = Kind(Namespace.self, cluster)
        async let pods = Kind(Pod.self, cluster)
        async let services = Kind(Service.self, cluster)
        async let accounts = Kind(ServiceAccount.self, cluster)
        async let slices = Kind(EndpointSlice.self, cluster)
        async let configs = Kind(MeshConfig.self, cluster)
        async let targets = Kind(TrafficTarget.self, cluster)
        async let groups = Kind(HTTPRouteGroup.self, cluster)
        async let routes = Kind(TCPRoute.self, cluster)
        async let splits = Kind(TrafficSplit.self, cluster)
        async let egresses = Kind(Egress.self, cluster)
        async let backends = Kind(IngressBackend.self, cluster)
        async let retries = Kind(Retry.self, cluster)
        async let settings = Kind(UpstreamTrafficSetting.self, cluster)
        async let telemetries = Kind(Telemetry.self, cluster)
        async let extensions = Kind(ExtensionService.self, cluster)
        let core = try await [namespaces, pods, services, accounts, slices, configs]
        let policies = try await [targets, groups, routes, splits, egresses, backends, retries, settings]
        let observation = try await [telemetries, extensions]
        for kind in core + policies + observation { add(kind) }
    }

    private mutating func add(_ kind: Kind) {
        guard let changes = kind.changes else {
            missing.append(kind.kind)
            return
        }
        for change in changes { contents.apply(change) }
        unreadable += kind.unknown.map { "an object of the kind \(kind.kind.rawValue) is left out: \($0)" }
    }

    /// The objects of one kind.
    private struct Kind: Sendable {
        let kind: ObjectKind
        /// `nil` if the cluster does not serve the kind.
        let changes: [TableChange]?
        let unknown: [Problem]

        init<Object: TableObject>(_ type: Object.Type, _ cluster: ClusterConnection) async throws {
            kind = Object.kind
            guard let version = try await cluster.client.servedVersion(of: Object.kind) else {
                changes = nil
                unknown = []
                return
            }
            let found = try await cluster.client.objects(type, version: version)
            cluster.console.debug("\(found.changes.count) objects of the kind \(Object.kind.rawValue)")
            changes = found.changes.map { Object.change(for: $0) }
            unknown = found.unknown
        }
    }
}

extension LiveMesh {
    /// What must be known of the reading to understand answers, in sentences.
    func remarks(_ settings: MeshSettings) -> [String] {
        var remarks = unreadable
        if !missing.isEmpty {
            let names = missing.map { "\($0.rawValue) (\($0.group) \($0.versions.joined(separator: ", ")))" }
            remarks.append("the cluster serves no \(names.joined(separator: ", ")): there are none")
        }
        let config = settings.meshConfigName
        if contents.meshConfigs[config] == nil {
            remarks.append(
                "there is no MeshConfig \(config): nothing is permissive and nothing leaves the mesh; name the "
                    + "control plane's namespace with --osm-namespace")
        }
        let meshes = Set(contents.namespaces.values.compactMap { $0.object.metadata.labels[MeshLabels.monitoredBy] })
        if !meshes.contains(settings.meshName) {
            let others = meshes.isEmpty ? "or in any" : "but in \(meshes.sorted().joined(separator: ", "))"
            remarks.append(
                "no namespace is in the mesh \(settings.meshName), \(others): add one with `osm namespace add`, or "
                    + "name the mesh with --mesh-name")
        }
        return remarks
    }
}
