package import MeshModel

/// What the policies mean, said a second time: plainly, from all objects, for one question at a time.
///
/// It shares nothing with the compiler but the objects. Sections are those of the contract that both implement.
package struct Oracle {
    /// The well-formed objects: a malformed one allows and shapes nothing.
    package let objects: MeshObjects
    package let meshName = "osm"
    package let osmNamespace = "osm-system"

    /// In which mode the services of a namespace are.
    package enum Mode { case outside, permissive, smi }

    /// Answers that are asked for again and again, given once.
    private var knownEndpoints: [ObjectName: [Endpoint]] = [:]
    private var knownPorts: [ObjectName: [Port]] = [:]

    package init(_ objects: MeshObjects) {
        self.objects = objects.wellFormed
        for service in self.objects.services.keys { knownEndpoints[service] = findEndpoints(of: service) }
        for service in self.objects.services.keys { knownPorts[service] = findPorts(of: service) }
    }

    // MARK: The mesh (sections 3 and 4)

    /// The configuration that counts; `nil` if it is missing.
    package var config: MeshConfig? { objects.configs[ObjectName(namespace: osmNamespace, name: "osm-mesh-config")] }

    /// Whether what matches nothing leaves the mesh.
    package var isEgressPassthrough: Bool { config?.traffic.enableEgress ?? false }

    package func mode(of namespace: String) -> Mode {
        guard let object = objects.namespaces[ObjectName(namespace: "", name: namespace)],
            object.metadata.labels["openservicemesh.io/monitored-by"] == meshName,
            object.metadata.labels["openservicemesh.io/ignore"] == nil
        else { return .outside }
        let annotation = object.metadata.annotations["openservicemesh.io/permissive-traffic-policy"] ?? ""
        switch annotation.lowercased() {
        case "enabled", "yes", "true": return .permissive
        case "disabled", "no", "false": return .smi
        default: return config?.traffic.enablePermissiveTrafficPolicyMode == true ? .permissive : .smi
        }
    }

    /// The pods that speak the mesh's TLS and have not ended, of a namespace.
    package func meshPods(in namespace: String) -> [Pod] {
        objects.pods.values.filter { pod in
            pod.metadata.namespace == namespace && speaksMutualTLS(pod) && pod.phase != "Succeeded"
                && pod.phase != "Failed"
        }
    }

    private func speaksMutualTLS(_ pod: Pod) -> Bool {
        pod.mountsProxyToken || pod.metadata.labels["osm-proxy-uuid"] != nil
    }

    /// Whether a pod has a proxy of ours.
    package func hasProxy(_ name: ObjectName) -> Bool {
        guard let pod = objects.pods[name], mode(of: name.namespace) != .outside else { return false }
        return pod.mountsProxyToken && pod.phase != "Succeeded" && pod.phase != "Failed"
    }

    package func identity(of pod: Pod) -> ServiceIdentity {
        ServiceIdentity(namespace: pod.metadata.namespace, serviceAccount: pod.serviceAccount)
    }

    // MARK: Endpoints (sections 3 and 4)

    /// An endpoint as a slice has it, with its pod if that is one of the mesh.
    package struct Endpoint {
        package let address: IPAddress?
        package let isReady: Bool
        /// The slice's TCP ports by the name of the service port.
        package let ports: [(name: String, number: UInt16)]
        package let pod: Pod?
    }

    /// All endpoints of a service, from its slices.
    ///
    /// Those of pods that are not there, or by now are others, are left out: slices lag behind pods.
    package func endpoints(of service: ObjectName) -> [Endpoint] { knownEndpoints[service] ?? [] }

    private func findEndpoints(of service: ObjectName) -> [Endpoint] {
        slices(of: service).flatMap { slice in
            slice.endpoints.filter { !hasDeparted($0, in: slice) }.map { endpoint in
                Endpoint(
                    address: endpoint.address, isReady: endpoint.isReady, ports: tcpPorts(of: slice),
                    pod: pod(of: endpoint, in: slice))
            }
        }
    }

    func slices(of service: ObjectName) -> [EndpointSlice] {
        objects.slices.values.filter { slice in
            slice.metadata.namespace == service.namespace
                && slice.metadata.labels["kubernetes.io/service-name"] == service.name
        }
    }

    private func tcpPorts(of slice: EndpointSlice) -> [(name: String, number: UInt16)] {
        guard slice.addressType != "FQDN" else { return [] }
        return slice.ports.filter { $0.transport == "TCP" }.compactMap { port in port.port.map { (port.name, $0) } }
    }

    private func pod(of endpoint: EndpointSlice.Endpoint, in slice: EndpointSlice) -> Pod? {
        guard endpoint.address != nil, let reference = endpoint.pod,
            reference.name.namespace == slice.metadata.namespace, let pod = objects.pods[reference.name]
        else { return nil }
        return speaksMutualTLS(pod) ? pod : nil
    }

    private func hasDeparted(_ endpoint: EndpointSlice.Endpoint, in slice: EndpointSlice) -> Bool {
        guard endpoint.address != nil, let reference = endpoint.pod,
            reference.name.namespace == slice.metadata.namespace
        else { return false }
        guard let pod = objects.pods[reference.name] else { return true }
        // Where both uids are known they must be the same: a former pod of the name is not this one.
        return !reference.uid.isEmpty && !pod.metadata.uid.isEmpty && reference.uid != pod.metadata.uid
    }

    // MARK: Services (section 4)

    /// A TCP port of a service of the mesh.
    package struct Port {
        package let port: Service.Port
        package let isHTTP: Bool
        /// The numbers in the pods, least first; none while they are unknown.
        package let targets: [UInt16]
        /// The one of them by which clients know the pods; `nil` while they are unknown.
        package var name: UInt16?
    }

    /// The ports of a service, least number first; `nil` if it is none of the mesh.
    package func ports(of service: ObjectName) -> [Port]? { knownPorts[service] }

    private func findPorts(of service: ObjectName) -> [Port]? {
        guard mode(of: service.namespace) != .outside, let object = objects.services[service],
            object.type != "ExternalName"
        else { return nil }
        let endpoints = endpoints(of: service)
        let hasMeshPods = endpoints.isEmpty || endpoints.contains { $0.pod != nil }
        let isBacked = !object.selector.isEmpty && hasMeshPods
        guard isBacked || split(at: service) != nil else { return nil }
        return named(
            object.ports.filter { $0.transport == "TCP" }.sorted { $0.port < $1.port }.map { port in
                Port(port: port, isHTTP: isHTTP(port), targets: targets(of: port, service))
            })
    }

    /// Gives each set of targets a name of its own: who has fewer targets chooses first, each the least that is free.
    private func named(_ ports: [Port]) -> [Port] {
        var ports = ports
        var owners: [UInt16: [UInt16]] = [:]
        for size in Set(ports.map(\.targets.count)).sorted() where size > 0 {
            for index in ports.indices where ports[index].targets.count == size {
                let targets = ports[index].targets
                let free = targets.filter { owners[$0] == nil || owners[$0] == targets }
                let name = free.min() ?? targets.min()
                ports[index].name = name
                if let name, owners[name] == nil { owners[name] = targets }
            }
        }
        return ports
    }

    /// Whether clients call the pods of a service by their own addresses.
    package func isHeadless(_ service: ObjectName) -> Bool { objects.services[service]?.clusterIPs.isEmpty == true }

    package func port(_ port: ServicePort) -> Port? { ports(of: port.service)?.first { $0.port.port == port.port } }

    private func targets(of port: Service.Port, _ service: ObjectName) -> [UInt16] {
        let named = slices(of: service).flatMap { tcpPorts(of: $0) }.filter { $0.name == port.name }.map(\.number)
        if !named.isEmpty { return Set(named).sorted() }
        if case .number(let number) = port.targetPort { return [number] }
        return []
    }

    private func isHTTP(_ port: Service.Port) -> Bool {
        if let word = port.appProtocol, !word.isEmpty {
            return ["http", "http2", "kubernetes.io/h2c", "grpc"].contains(word.lowercased())
        }
        let word = port.name.components(upTo: "-")
        return !["tcp", "https", "tls", "mysql", "mongo", "redis"].contains(word)
    }

    // MARK: Addresses

    /// The service port that owns an address: of the oldest service of the mesh whose ClusterIP it is, or else of the
    /// oldest headless one whose pod has it.
    package func owner(of address: SocketAddress) -> ServicePort? {
        let claimants = objects.services.values.filter { service in
            service.clusterIPs.contains(address.ip)
                && ports(of: service.name)?.contains { $0.port.port == address.port } == true
        }
        if let service = oldest(claimants) { return ServicePort(service: service.name, port: address.port) }
        let headless = objects.services.values.filter { podPort(at: address, of: $0.name) != nil }
        guard let service = oldest(headless), let port = podPort(at: address, of: service.name) else { return nil }
        return ServicePort(service: service.name, port: port)
    }

    /// The port of a headless service that leads to an address of one of its pods, of several the least.
    private func podPort(at address: SocketAddress, of service: ObjectName) -> UInt16? {
        guard isHeadless(service), let ports = ports(of: service) else { return nil }
        let pods = endpoints(of: service).filter { endpoint in
            guard let pod = endpoint.pod, endpoint.address == address.ip else { return false }
            // Who ended has no address any more, and a pod is known by its own.
            return pod.addresses.contains(address.ip) && pod.phase != "Succeeded" && pod.phase != "Failed"
                && objects.services[service].map { selects($0, pod) } == true
        }
        return ports.filter { port in
            pods.contains { $0.ports.contains { $0.name == port.port.name && $0.number == address.port } }
        }.map(\.port.port).min()
    }

    /// Every address that some service of the mesh claims.
    package var claimedAddresses: Set<SocketAddress> {
        var result: Set<SocketAddress> = []
        for service in objects.services.values {
            for port in ports(of: service.name) ?? [] {
                result.formUnion(service.clusterIPs.map { SocketAddress(ip: $0, port: port.port.port) })
            }
            guard isHeadless(service.name) else { continue }
            for endpoint in endpoints(of: service.name) {
                guard let ip = endpoint.address else { continue }
                result.formUnion(endpoint.ports.map { SocketAddress(ip: ip, port: $0.number) })
            }
        }
        return result
    }

    /// Of several objects the oldest; those of unknown age are the youngest; ties by namespace, then name.
    package func oldest<Object: MeshObject>(_ objects: [Object]) -> Object? {
        objects.min { left, right in
            let leftAge = left.metadata.creation?.seconds ?? .max
            let rightAge = right.metadata.creation?.seconds ?? .max
            if leftAge != rightAge { return leftAge < rightAge }
            if left.metadata.namespace != right.metadata.namespace {
                return left.metadata.namespace < right.metadata.namespace
            }
            return left.metadata.name < right.metadata.name
        }
    }
}

extension String {
    /// The text before the first occurrence of a character, or all of it.
    fileprivate func components(upTo separator: Character) -> String { String(prefix { $0 != separator }) }
}
