internal import Incremental
package import MeshModel
internal import MeshPolicy
package import PolicyCompiler

/// A mesh as the controller compiles it, to be asked about.
///
/// One task owns it. Objects come as changes, and what follows from them is found when it is asked for.
package final class CompiledMesh {
    /// Where the mesh's own objects are, and what it is called.
    package let settings: MeshSettings
    /// Every object of the mesh.
    package private(set) var contents = MeshContents()
    private let graph: Graph<MeshTables>
    private var layers: [ViewLayer.Key: LayerContents] = [:]
    private var podsByAddress: [IPAddress: ObjectName]?
    private var clients: [ServiceIdentity: [ObjectName]]?
    private var podsByService: [ObjectName: [Pod]] = [:]

    /// An empty mesh.
    ///
    /// - Parameter trustDomains: The domains in which workloads are named.
    package init(settings: MeshSettings = MeshSettings(), trustDomains: [String] = ["cluster.local"]) {
        self.settings = settings
        graph = Graph { MeshTables(in: $0, settings: settings) }
        graph.inputs.apply(TrustBundle(trustDomains: trustDomains, rootsPEM: ""))
    }

    /// A mesh of some objects.
    package convenience init(_ contents: MeshContents, settings: MeshSettings = MeshSettings()) {
        self.init(settings: settings)
        become(contents)
    }

    /// Takes up changes.
    package func apply(_ changes: [TableChange]) {
        for change in changes {
            contents.apply(change)
            graph.inputs.apply(change)
        }
        graph.noteLazyBeginning()
        layers = [:]
        podsByAddress = nil
        clients = nil
        podsByService = [:]
    }

    /// Takes up what makes the mesh one of these objects.
    package func become(_ contents: MeshContents) { apply(contents.changes(from: self.contents)) }

    /// What the mesh has to say about an object; `nil` if there is none.
    package func diagnosis(of key: ObjectKey) -> Diagnosis? { graph.demand(DiagnosisQuery.self, key) }

    /// The value of a query now.
    func value<Q: MeshQuery>(_ query: Q.Type, _ key: Q.Key) -> Q.Value { graph.demand(query, key) }

    /// What decides the view of a pod's proxy; `nil` for a pod without one.
    package func view(of pod: ObjectName) -> PodView.View? { value(PodView.self, pod) }

    /// What is in a layer, by what calls look for.
    func layer(_ key: ViewLayer.Key) -> LayerContents {
        if let layer = layers[key] { return layer }
        let layer = LayerContents(value(ViewLayer.self, key))
        layers[key] = layer
        return layer
    }

    /// The pod of the mesh's TLS that has an address now.
    func pod(at address: IPAddress) -> Pod? {
        if podsByAddress == nil {
            podsByAddress = Dictionary(
                contents.pods.values.compactMap(\.valid).filter { $0.isMeshPod && !$0.isTerminal }
                    .flatMap { pod in pod.addresses.map { ($0, pod.name) } }, uniquingKeysWith: min)
        }
        return podsByAddress?[address].flatMap { contents.pods[$0]?.valid }
    }

    /// The pods of the mesh's TLS that a Service selects and that have not ended: sorted by name.
    func pods(behind service: ObjectName) -> [Pod] {
        if let known = podsByService[service] { return known }
        let found = contents.pods(behind: service)
        podsByService[service] = found
        return found
    }

    /// The pods with a proxy, by who they are: each list sorted.
    package var proxies: [ServiceIdentity: [ObjectName]] {
        if let clients { return clients }
        let found = Dictionary(
            grouping: contents.pods.keys.filter { view(of: $0) != nil }.sorted()
        ) { contents.pods[$0]?.object.identity ?? ServiceIdentity(namespace: $0.namespace, serviceAccount: "default") }
        clients = found
        return found
    }
}

/// The listeners, routes and endpoints in a layer, by what a call looks for.
struct LayerContents {
    private(set) var listeners: Set<SocketAddress> = []
    private(set) var routes: [ServicePort: RouteKey] = [:]
    private(set) var endpoints: [ServiceTargetPort: EndpointsQuery.Key] = [:]
    private(set) var egressPorts: Set<UInt16> = []

    init(_ resources: [DerivedResource]) {
        for resource in resources {
            switch resource {
            case .listener(let key): listeners.insert(key.address)
            case .route(let key): routes[key.port] = key
            case .endpoints(let key): endpoints[key.upstream] = key
            case .egressPort(let key): egressPorts.insert(key.port)
            default: break
            }
        }
    }
}
