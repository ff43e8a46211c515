import Incremental
import MeshModel
import MeshPolicy

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
        /// The pod, as statistics name it.
        let pod: EndpointPod
        /// The numbers of this endpoint's ports, by the name of the service port: sorted, without duplicates.
        let ports: [String: [UInt16]]
    }

    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> Backends {
        var result = Backends()
        var pods: Set<Backend> = []
        for slice in mesh(\.slicesByService, service).compactMap(\.valid) {
            // Names as addresses are endpoints, too, if foreign ones; their ports are nobody's in the mesh.
            let ports = slice.ports.filter { $0.transport == "TCP" && slice.addressType != "FQDN" }
            var numbers: [String: [UInt16]] = [:]
            for port in ports {
                guard let number = port.port else { continue }
                numbers[port.name, default: []].append(number)
            }
            numbers = numbers.mapValues { Set($0).sorted() }
            result.targetPorts.merge(numbers, uniquingKeysWith: +)
            for endpoint in slice.endpoints {
                switch standing(of: endpoint, in: slice, mesh) {
                case .foreign: result.hasForeign = true
                case .departed: break
                case .pod(let pod, let address):
                    pods.insert(
                        Backend(
                            address: address, isReady: endpoint.isReady, zone: endpoint.zone, identity: pod.identity,
                            pod: EndpointPod(pod), ports: numbers))
                }
            }
        }
        result.targetPorts = result.targetPorts.mapValues { Set($0).sorted() }
        result.pods = pods.map { (backend: $0, order: $0.order) }
            .sorted { $0.order.lexicographicallyPrecedes($1.order) }.map(\.backend)
        return result
    }

    /// What an endpoint is to the mesh.
    private enum Standing {
        /// A pod of the mesh.
        case pod(Pod, IPAddress)
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
        return pod.isMeshPod ? .pod(pod, address) : .foreign
    }
}

extension ServiceBackends.Backend {
    /// A total order of different backends.
    fileprivate var order: [String] {
        let ports = ports.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return ["\(address)", zone, "\(isReady)", identity.description, pod.name] + ports
    }

    /// The endpoint's own numbers of the service ports for which an upstream stands.
    fileprivate func numbers(of ports: [MeshService.Port]) -> Set<UInt16> {
        Set(ports.flatMap { self.ports[$0.name] ?? [] })
    }
}

/// The pods behind an upstream, ready or not, each with its own number of the port: sorted, without duplicates.
///
/// Unchanged while pods of an identity come and go.
enum UpstreamMembers: MeshQuery {
    struct Member: Hashable, Comparable, Sendable {
        let identity: ServiceIdentity
        let port: UInt16

        static func < (left: Member, right: Member) -> Bool {
            (left.identity, left.port) < (right.identity, right.port)
        }
    }

    static func evaluate(_ target: ServiceTargetPort, _ mesh: MeshReader) -> [Member] {
        let ports = UpstreamPods.ports(of: target, mesh)
        let members = mesh(ServiceBackends.self, target.service).pods.flatMap { pod in
            pod.numbers(of: ports).map { Member(identity: pod.identity, port: $0) }
        }
        return Set(members).sorted()
    }
}

/// What stands behind an upstream.
enum UpstreamPods {
    /// The service ports for which an upstream stands.
    static func ports(of target: ServiceTargetPort, _ mesh: MeshReader) -> [MeshService.Port] {
        (mesh(MeshService.self, target.service)?.ports ?? []).filter { $0.representative == target.targetPort }
    }

    /// The pods with their addresses; a pod stands there once for each of its numbers.
    static func all(
        of target: ServiceTargetPort, _ mesh: MeshReader
    ) -> [(pod: ServiceBackends.Backend, address: SocketAddress)] {
        let ports = ports(of: target, mesh)
        return mesh(ServiceBackends.self, target.service).pods.flatMap { pod in
            pod.numbers(of: ports).sorted().map { (pod, SocketAddress(ip: pod.address, port: $0)) }
        }
    }
}

/// The addresses of a headless service's pods, ready or not, each with the service port to which it leads.
///
/// Each pod has its own number of a port. Where two ports lead to one number, the lesser port has it.
enum HeadlessAddresses: MeshQuery {
    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> [SocketAddress: UInt16] {
        guard let facts = mesh(MeshService.self, service), facts.isHeadless else { return [:] }
        var result: [SocketAddress: UInt16] = [:]
        for pod in mesh(ServiceBackends.self, service).pods {
            for port in facts.ports {
                for number in pod.ports[port.name] ?? [] {
                    let address = SocketAddress(ip: pod.address, port: number)
                    result[address] = min(result[address] ?? port.port, port.port)
                }
            }
        }
        return result
    }
}
