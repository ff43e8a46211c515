import Incremental
import MeshModel

/// The endpoints of a Service as its slices tell, each with the identity of its pod.
enum ServiceBackends: MeshQuery {
    struct Backends: Equatable, Sendable {
        /// The endpoints that are mesh pods: sorted by address.
        var pods: [Backend] = []
        /// Whether some endpoint is no mesh pod.
        var hasForeign = false
        /// The numbers of the slices' ports by the name of the service port: sorted, without duplicates.
        var targetPorts: [String: [UInt16]] = [:]
    }

    struct Backend: Hashable, Sendable {
        let address: IPAddress
        let isReady: Bool
        let zone: String
        let identity: ServiceIdentity
        /// The numbers of this endpoint's ports: sorted.
        let ports: [UInt16]
    }

    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> Backends {
        var result = Backends()
        var pods: Set<Backend> = []
        for slice in mesh(\.slicesByService, service).compactMap(\.valid) {
            // Names as addresses are endpoints, too, if foreign ones; their ports are nobody's in the mesh.
            let ports = slice.ports.filter { $0.transport == "TCP" && slice.addressType != "FQDN" }
            for port in ports {
                guard let number = port.port else { continue }
                result.targetPorts[port.name, default: []].append(number)
            }
            for endpoint in slice.endpoints {
                guard let address = endpoint.address, let identity = identity(of: endpoint, in: slice, mesh) else {
                    result.hasForeign = true
                    continue
                }
                pods.insert(
                    Backend(
                        address: address, isReady: endpoint.isReady, zone: endpoint.zone, identity: identity,
                        ports: Set(ports.compactMap(\.port)).sorted()))
            }
        }
        result.targetPorts = result.targetPorts.mapValues { Set($0).sorted() }
        result.pods = pods.sorted { ($0.address, $0.zone, $0.ports.count) < ($1.address, $1.zone, $1.ports.count) }
        return result
    }

    /// Whose pod an endpoint is; `nil` if it is no pod of the mesh, or a former pod of the same name.
    private static func identity(
        of endpoint: EndpointSlice.Endpoint, in slice: EndpointSlice, _ mesh: MeshReader
    ) -> ServiceIdentity? {
        guard let reference = endpoint.pod, reference.name.namespace == slice.namespace,
            let pod = mesh(\.podByName, reference.name).first?.valid, pod.isMeshPod,
            reference.uid.isEmpty || pod.metadata.uid.isEmpty || reference.uid == pod.metadata.uid
        else { return nil }
        return pod.identity
    }
}

/// The identities of the pods behind a service at one port: sorted, without duplicates, ready or not.
enum UpstreamIdentities: MeshQuery {
    static func evaluate(_ target: ServiceTargetPort, _ mesh: MeshReader) -> [ServiceIdentity] {
        let pods = mesh(ServiceBackends.self, target.service).pods.filter { $0.ports.contains(target.targetPort) }
        return Set(pods.map(\.identity)).sorted()
    }
}
