import MeshModel

/// How requests divide (section 5), and at which addresses they arrive (section 3).
extension Oracle {
    /// The split that divides the requests to a service: of several the oldest.
    func split(at apex: ObjectName) -> TrafficSplit? {
        oldest(
            objects.splits.values.filter { split in
                split.metadata.namespace == apex.namespace && Self.apexSpellings(apex).contains(split.service)
            })
    }

    private static func apexSpellings(_ apex: ObjectName) -> [String] {
        let short = "\(apex.name).\(apex.namespace)"
        return [apex.name, short, "\(short).svc", "\(short).svc.cluster", "\(short).svc.cluster.local"]
    }

    /// The shares of a request to a service port; none if it gets 503.
    func division(of request: Request, at port: ServicePort) -> [ServiceTargetPort: Int] {
        guard let own = self.port(port) else { return [:] }
        let namespace = port.service.namespace
        guard let split = split(at: port.service) else { return shares([(port, 1)]) }
        if own.isHTTP, !split.matches.isEmpty {
            let matches = split.matches.flatMap { self.matches(ofGroup: $0.name, in: namespace) ?? [] }
            guard matches.contains(where: { Self.matches($0, request) }) else { return shares([(port, 1)]) }
        }
        return shares(
            split.backends.map { backend in
                let service = ObjectName(namespace: namespace, name: backend.service)
                return (ServicePort(service: service, port: port.port), backend.weight)
            })
    }

    /// Shares by upstream; what is missing, has no such port or leads nowhere is left out.
    private func shares(_ backends: [(ServicePort, Int)]) -> [ServiceTargetPort: Int] {
        var result: [ServiceTargetPort: Int] = [:]
        for (backend, weight) in backends where weight > 0 {
            guard let target = port(backend)?.targets.first else { continue }
            result[ServiceTargetPort(service: backend.service, targetPort: target), default: 0] += weight
        }
        return result
    }

    /// The identities of the mesh pods behind an upstream, ready or not.
    func identities(behind upstream: ServiceTargetPort) -> Set<ServiceIdentity> {
        Set(pods(behind: upstream).map { identity(of: $0.pod) })
    }

    /// The addresses of an upstream that a client is offered: ready mesh pods; of several identities those that it
    /// may reach, if it may reach any.
    func endpoints(of upstream: ServiceTargetPort, for client: ServiceIdentity) -> Set<SocketAddress> {
        let pods = pods(behind: upstream)
        var offered = Set(pods.map { identity(of: $0.pod) })
        if mode(of: upstream.service.namespace) == .smi {
            let leading = (ports(of: upstream.service) ?? []).filter { $0.targets.contains(upstream.targetPort) }
            let reachable = offered.filter { identity in
                leading.contains { mayCall(client, identity, port: upstream.targetPort, isHTTP: $0.isHTTP) }
            }
            if !reachable.isEmpty { offered = reachable }
        }
        return Set(
            pods.filter { $0.isReady && offered.contains(identity(of: $0.pod)) }
                .map { SocketAddress(ip: $0.address, port: upstream.targetPort) })
    }

    private func pods(behind upstream: ServiceTargetPort) -> [(address: IPAddress, isReady: Bool, pod: Pod)] {
        endpoints(of: upstream.service).compactMap { endpoint in
            guard let pod = endpoint.pod, let address = endpoint.address,
                endpoint.ports.contains(where: { $0.number == upstream.targetPort })
            else { return nil }
            return (address, endpoint.isReady, pod)
        }
    }
}
