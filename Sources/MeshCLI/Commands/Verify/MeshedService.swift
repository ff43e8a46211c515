internal import KubernetesClient
internal import MeshModel

/// A service of the mesh as one of its pods sees it: what its ports are called in Envoys.
struct MeshedService: Equatable {
    /// A TCP port of the service.
    struct Port: Equatable {
        let number: UInt16
        /// The port in the pod.
        let target: UInt16
        let isHTTP: Bool
    }

    let name: ObjectName
    /// Where clients connect to: the cluster's addresses, or those of the pod where the service has none.
    let addresses: [IPAddress]
    let isHeadless: Bool
    let ports: [Port]

    /// A service at a pod; ports whose target the pod does not have are left out.
    init(_ service: Service, at pod: Pod) {
        name = service.metadata.objectName
        isHeadless = service.clusterIPs.isEmpty
        addresses = isHeadless ? pod.addresses : service.clusterIPs
        ports = service.ports.compactMap { port in
            guard let spoken = port.applicationProtocol else { return nil }
            switch port.targetPort {
            case .number(let number): return Port(number: port.port, target: number, isHTTP: spoken == .http)
            case .name(let name):
                return pod.ports.first { $0.name == name }
                    .map { Port(number: port.port, target: $0.port, isHTTP: spoken == .http) }
            }
        }
    }

    /// The listeners by which clients reach a port.
    func listeners(_ port: Port) -> [String] {
        addresses.map { "outbound/\(SocketAddress(ip: $0, port: isHeadless ? port.target : port.number))" }
    }

    /// The route configuration of clients, or their TCP proxy.
    func outbound(_ port: Port) -> String { "outbound/\(name)/\(port.number)" }

    /// The cluster of clients.
    func cluster(_ port: Port) -> String { "\(name)|\(port.target)" }

    /// The route configuration of the pod.
    func inbound(_ port: Port) -> String { "inbound/\(name.name)/\(port.target)" }

    /// The pod's own application.
    func localCluster(_ port: Port) -> String { "\(name)|\(port.target)|local" }
}

extension ClusterConnection {
    /// The services that select a pod, sorted by name.
    ///
    /// - Parameter name: The one that is meant; `nil` for all.
    func services(of pod: Pod, named name: String? = nil) async throws -> [MeshedService] {
        try await client.list(APIResource(.service), namespace: pod.metadata.namespace, as: Service.self)
            .filter { $0.selects(pod.metadata.labels) && (name == nil || $0.metadata.name == name) }
            .sorted { $0.metadata.name < $1.metadata.name }
            .map { MeshedService($0, at: pod) }
    }
}
