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
                switch standing(of: endpoint, in: slice, mesh) {
                case .foreign: result.hasForeign = true
                case .departed: break
                case .pod(let identity, let address):
                    pods.insert(
                        Backend(
                            address: address, isReady: endpoint.isReady, zone: endpoint.zone, identity: identity,
                            ports: Set(ports.compactMap(\.port)).sorted()))
                }
            }
        }
        result.targetPorts = result.targetPorts.mapValues { Set($0).sorted() }
        result.pods = pods.sorted { ($0.address, $0.zone, $0.ports.count) < ($1.address, $1.zone, $1.ports.count) }
        return result
    }

    /// What an endpoint is to the mesh.
    private enum Standing {
        /// A pod of the mesh.
        case pod(ServiceIdentity, IPAddress)
        /// Something else: a pod without a sidecar, or no pod at all.
        case foreign
        /// A pod that is not there: slices lag behind pods. If it counted as foreign, a Service whose only pod is
        /// being replaced would leave the mesh for a moment, and its clients would call it in plain text.
        case departed
    }

    private static func standing(
        of endpoint: EndpointSlice.Endpoint, in slice: EndpointSlice, _ mesh: MeshReader
    ) -> Standing {
        guard let address = endpoint.address, let reference = endpoint.pod,
            reference.name.namespace == slice.namespace
        else { return .foreign }
        guard let pod = mesh(\.podByName, reference.name).first?.valid,
            reference.uid.isEmpty || pod.metadata.uid.isEmpty || reference.uid == pod.metadata.uid
        else { return .departed }
        return pod.isMeshPod ? .pod(pod.identity, address) : .foreign
    }
}

/// The identities of the pods behind a service at one port: sorted, without duplicates, ready or not.
enum UpstreamIdentities: MeshQuery {
    static func evaluate(_ target: ServiceTargetPort, _ mesh: MeshReader) -> [ServiceIdentity] {
        let pods = mesh(ServiceBackends.self, target.service).pods.filter { $0.ports.contains(target.targetPort) }
        return Set(pods.map(\.identity)).sorted()
    }
}
